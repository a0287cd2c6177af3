import { type Cidr, compareCidrs, coversCidr } from "./cidr.ts";
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
  // The sort is stable: of equal ranges, the first in the list stays first.
  sorted.sort((a, b) => compareCidrs(a.cidr, b.cidr));
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
 * What an exclusion set takes away from one inclusion range: the ranges of the exclusion set at the indexes from
 * `from` up to, but without, `to`. When nothing is left, `whole` holds, and there is one such range, which may be
 * wider than the inclusion.
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
    const from = countWhile(excluded, (other) => compareCidrs(other, cidr) <= 0);
    // The ranges of a set are apart, so only the last of those that do not come after can cover it.
    const outer = excluded[from - 1];
    if (outer !== undefined && coversCidr(outer, cidr)) return { whole: true, from: from - 1, to: from };
    const inner = excluded[from];
    if (inner === undefined || !coversCidr(cidr, inner)) return undefined;
    return { whole: false, from, to: countWhile(excluded, (other) => coversCidr(cidr, other), from + 1) };
  });
}

/** How many ranges, from the first on, pass `test`; those before `known` do, and none after one that fails. */
function countWhile(set: CidrSet, test: (cidr: Cidr) => boolean, known = 0): number {
  let passed = known;
  let end = set.length;
  while (passed < end) {
    const middle = (passed + end) >>> 1;
    const cidr = set[middle];
    if (cidr !== undefined && test(cidr)) passed = middle + 1;
    else end = middle;
  }
  return passed;
}
