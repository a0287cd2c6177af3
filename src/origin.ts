/** Which input caused a value or a rule. */
export type Origin =
  /** Every plan of the dialect has it. */
  { readonly kind: "built-in" } | InputOrigin;

/** An input of the request. */
export interface InputOrigin {
  readonly kind: "mesh-config" | "pod-annotation" | "pod" | "option";
  /** Path of the field in the names of the JSON form, without the index. */
  readonly field: string;
  /** Position in the list, from 0. Absent when the field is no list. */
  readonly index?: number;
  /** The value as given there. */
  readonly value: string;
}

/** The origin of what every plan of a dialect has. */
export const BUILT_IN: Origin = { kind: "built-in" };

/** The path of an origin with its index, as findings print it; `built in` for what no input caused. */
export function originPath(origin: Origin): string {
  if (origin.kind === "built-in") return "built in";
  return origin.index === undefined ? origin.field : `${origin.field}[${origin.index}]`;
}
