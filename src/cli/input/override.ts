import { type Path, startsWith } from "./path.ts";
import { type Resource, valueAt } from "./resource.ts";

/** A value that a flag puts into a resource. */
export interface Override {
  /** Where in the resource. */
  readonly path: Path;
  /** undefined takes the field out. */
  readonly value: unknown;
  /** The flag as it was given, for messages: `--set osm.localProxyMode`. */
  readonly flag: string;
}

/** A resource with what flags put into it. */
export interface Overridden {
  readonly value: unknown;
  /** Where the value at a path comes from: a place in a file, a flag, or `command line` when neither has it. */
  readonly locate: (path: Path) => string;
}

/** Puts the overrides into a resource, the later over the earlier; without a resource, into an empty one. */
export function override(resource: Resource | undefined, overrides: readonly Override[]): Overridden {
  const value = overrides.reduce<unknown>(
    (whole, { path, value }) => withValue(whole, path, value),
    resource?.value ?? {},
  );
  return {
    value,
    locate: (path) => {
      const flag = overrides.findLast((candidate) => startsWith(path, candidate.path))?.flag;
      return flag ?? resource?.document.locate([...resource.path, ...path]) ?? "command line";
    },
  };
}

/**
 * A copy of plain data with a value put in at a path, objects and lists made on the way where there are none. Where
 * something else stands in the way it is left as it is, for its reader to complain about.
 */
function withValue(whole: unknown, path: Path, value: unknown): unknown {
  const [step, ...rest] = path;
  if (step === undefined) return value;
  const inner = withValue(valueAt(whole, [step]), rest, value);
  if (typeof step === "number") {
    if (whole !== undefined && whole !== null && !Array.isArray(whole)) return whole;
    const items: unknown[] = Array.isArray(whole) ? [...whole] : [];
    // Helm fills the gap with nulls too; no list of the mesh takes them, so the gap is told.
    while (items.length < step) items.push(null);
    items[step] = inner;
    return items;
  }
  if (whole !== undefined && whole !== null && (typeof whole !== "object" || Array.isArray(whole)))
    return whole;
  const entries = Object.entries(whole ?? {}).filter(([key]) => key !== step);
  // fromEntries defines properties, so that a key such as __proto__ is a key like any other.
  return Object.fromEntries(inner === undefined ? entries : [...entries, [step, inner]]);
}
