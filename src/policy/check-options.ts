import { type Finding, finding } from "./finding.ts";
import {
  DIALECTS,
  ENFORCEMENTS,
  IP_FAMILIES,
  IPTABLES_BACKENDS,
  type PlanOptions,
  SCRIPT_FORMATS,
} from "./inputs.ts";
import { quote } from "./quote.ts";

const WORDS = {
  dialect: DIALECTS,
  scriptFormat: SCRIPT_FORMATS,
  enforcement: ENFORCEMENTS,
  ipFamilies: IP_FAMILIES,
  iptablesBackend: IPTABLES_BACKENDS,
} as const satisfies Partial<Record<keyof PlanOptions, readonly string[]>>;

/** The options that are none of the words which they may be, as a caller without types can write them. */
export function unknownOptions(options: PlanOptions): readonly Finding[] {
  return Object.entries(WORDS).flatMap(([name, words]) => {
    const value: unknown = Reflect.get(options, name) ?? undefined;
    if (value === undefined || words.some((word) => word === value)) return [];
    const text = quote(String(value));
    return [
      finding("UNKNOWN_OPTION", {
        field: `options.${name}`,
        value: text,
        message: `'${text}' is none of ${words.join(", ")}`,
        remedy: "Give one of them, or leave the option out for its default.",
      }),
    ];
  });
}
