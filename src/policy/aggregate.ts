import { coversCidr, formatCidr } from "../net/cidr.ts";
import { aggregate } from "../net/cidr-set.ts";
import type { InputOrigin } from "../origin.ts";
import type { RangeEntry } from "./policy.ts";

/**
 * The fewest ranges that cover the same addresses, sorted, in canonical spelling. Each carries the origins of all the
 * entries that it covers.
 */
export function aggregateEntries(entries: readonly RangeEntry[]): readonly RangeEntry[] {
  const ranges = aggregate(entries.map(({ cidr }) => cidr));
  const origins: InputOrigin[][] = ranges.map(() => []);
  for (const entry of entries) {
    // The aggregated ranges are apart and sorted, so the one that covers the entry is the last that begins before it.
    let low = 0;
    let high = ranges.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      const range = ranges[middle];
      if (range !== undefined && isAtOrBefore(range, entry.cidr)) low = middle;
      else high = middle - 1;
    }
    const range = ranges[low];
    if (range === undefined || !coversCidr(range, entry.cidr)) {
      throw new Error(`aggregation lost ${entry.text}`);
    }
    for (const origin of entry.origins) origins[low]?.push(origin);
  }
  return ranges.map((cidr, index) => ({ cidr, text: formatCidr(cidr), origins: origins[index] ?? [] }));
}

function isAtOrBefore(range: RangeEntry["cidr"], other: RangeEntry["cidr"]): boolean {
  if (range.family !== other.family) return range.family === "ipv4";
  return range.address <= other.address;
}
