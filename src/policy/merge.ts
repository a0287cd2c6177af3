import type { InputOrigin } from "../origin.ts";
import type { PortEntry, RangeEntry } from "./policy.ts";

/**
 * The union of two lists of ports: the mesh's first, then the pod's own. A port that comes again, in either list, is
 * the same entry with one more origin.
 */
export function mergePorts(mesh: readonly PortEntry[], pod: readonly PortEntry[]): readonly PortEntry[] {
  return mergeBy([...mesh, ...pod], ({ range }) => `${range.first}-${range.last}`);
}

/**
 * The union of two lists of ranges, as OSM makes it: the pod's first, then the mesh's own. Ranges are the same when
 * their texts are.
 */
export function mergeRanges(mesh: readonly RangeEntry[], pod: readonly RangeEntry[]): readonly RangeEntry[] {
  return mergeBy([...pod, ...mesh], ({ text }) => text);
}

/** The entries without repeats, in the order of their first appearance, each with the origins of all its repeats. */
export function mergeBy<E extends { readonly origins: readonly InputOrigin[] }>(
  entries: readonly E[],
  keyOf: (entry: E) => string,
): readonly E[] {
  const groups = Map.groupBy(entries, keyOf);
  if (groups.size === entries.length) return entries;
  return [...groups.values()].flatMap((group) => {
    const [first] = group;
    if (first === undefined || group.length === 1) return group;
    return [{ ...first, origins: group.flatMap(({ origins }) => origins) }];
  });
}
