import { type Cidr, cidrInterval, compareCidrs, coversCidr } from "./cidr.ts";
import type { CidrSet } from "./cidr-set.ts";

/** What the rest of a list makes of one entry. Both may hold: a repeated range can also lie inside a wider one. */
export interface Overlap {
  /** Index of the first entry with the same addresses, when it stands earlier in the list. */
  readonly equalTo: number | undefined;
  /**
   * Index of the widest entry that holds this one and more, earlier or later in the list; of equals, the first. It
   * is itself inside no other and equal to none before it, so to keep it is enough to keep the addresses.
   */
  readonly inside: number | undefined;
}

/**
 * For each entry of `cidrs`, at the same index, whether another one makes it redundant. Ranges nest or are apart,
 * so one pass over the sorted list finds it: n log n time, however the list nests.
 */
export function overlaps(cidrs: readonly Cidr[]): readonly Overlap[] {
  const sorted = cidrs.map((cidr, index) => ({ cidr, index }));
  sorted.sort((a, b) => compareCidrs(a.cidr, b.cidr) || a.index - b.index);
  const found: Overlap[] = new Array(cidrs.length);
  let outermost = sorted[0];
  let first = sorted[0];
  for (const entry of sorted) {
    if (outermost === undefined || !coversCidr(outermost.cidr, entry.cidr)) outermost = entry;
    if (first === undefined || compareCidrs(first.cidr, entry.cidr) !== 0) first = entry;
    found[entry.index] = {
      equalTo: first === entry ? undefined : first.index,
      inside: outermost.cidr.prefix < entry.cidr.prefix ? outermost.index : undefined,
    };
  }
  return found;
}

/**
 * What an exclusion set takes away from one inclusion range: `whole` when nothing is left of it. The ranges that
 * are lost are those of the exclusion set at the indexes from `from` up to, but without, `to`; when `whole` holds
 * and there is one of them, it may be wider than the inclusion.
 */
export interface Loss {
  readonly whole: boolean;
  readonly from: number;
  readonly to: number;
}

/**
 * For each range of `included`, at the same index, what `excluded` takes away from it; undefined when nothing.
 * Takes (n + m) log m time: the answer names a part of `excluded` rather than copying it.
 */
export function losses(included: readonly Cidr[], excluded: CidrSet): readonly (Loss | undefined)[] {
  return included.map((cidr) => {
    const from = firstAfter(excluded, (other) => endsBefore(other, cidr));
    const to = firstAfter(excluded, (other) => !endsBefore(cidr, other), from);
    if (from === to) return undefined;
    const only = excluded[from];
    return { whole: only !== undefined && coversCidr(only, cidr), from, to };
  });
}

/** Index of the first range, from `low` on, that is not `before`; the ranges that are come first. */
function firstAfter(set: CidrSet, before: (cidr: Cidr) => boolean, low = 0): number {
  let start = low;
  let end = set.length;
  while (start < end) {
    const middle = (start + end) >>> 1;
    const cidr = set[middle];
    if (cidr !== undefined && before(cidr)) start = middle + 1;
    else end = middle;
  }
  return start;
}

/** Whether all of `a` comes before all of `b`, in the order of ranges. */
function endsBefore(a: Cidr, b: Cidr): boolean {
  if (a.family !== b.family) return a.family === "ipv4";
  return cidrInterval(a).end <= b.address;
}
