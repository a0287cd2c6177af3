import { ADDRESS_BITS, addressFromValue, type IpFamily } from "./address.ts";
import { type Cidr, cidrInterval, cidrOf, cidrSize, compareCidrs, coversCidr } from "./cidr.ts";
import { type Interval, type IntervalSet, intervalSet } from "./interval-set.ts";

declare const cidrSetBrand: unique symbol;

/**
 * A set of addresses as the fewest ranges that hold exactly these, in the order of `compareCidrs`: no two overlap
 * and no two could be written as one. The form is canonical. Made only by {@link aggregate} and {@link cidrsOf}.
 */
export type CidrSet = readonly Cidr[] & { readonly [cidrSetBrand]: true };

/** The fewest ranges that hold exactly the addresses of `cidrs`, both families together. Takes n log n time. */
export function aggregate(cidrs: Iterable<Cidr>): CidrSet {
  const kept: Cidr[] = [];
  for (const cidr of [...cidrs].sort(compareCidrs)) {
    const last = kept.at(-1);
    if (last !== undefined && coversCidr(last, cidr)) continue;
    let whole = cidr;
    // Two halves become the range they make up, which may be half of a wider one in turn.
    for (let half = kept.at(-1); half !== undefined && isOtherHalf(half, whole); half = kept.at(-1)) {
      kept.pop();
      whole = parent(half);
    }
    kept.push(whole);
  }
  return kept as readonly Cidr[] as CidrSet;
}

/**
 * The fewest ranges that hold exactly the addresses of `set`, whose numbers are addresses of `family`.
 *
 * @throws RangeError when the set holds a number that is no address of the family.
 */
export function cidrsOf(set: IntervalSet<bigint>, family: IpFamily): CidrSet {
  const cidrs: Cidr[] = [];
  for (const { start, end } of set) {
    addressFromValue(family, end - 1n);
    for (let next = start; next < end; ) {
      const cidr = widestAt(next, end, family);
      cidrs.push(cidr);
      next += cidrSize(cidr);
    }
  }
  return cidrs as readonly Cidr[] as CidrSet;
}

/** The addresses of `family` that `cidrs` hold, as an interval set; ranges of the other family are left out. */
export function addressSet(cidrs: Iterable<Cidr>, family: IpFamily): IntervalSet<bigint> {
  const intervals: Interval<bigint>[] = [];
  for (const cidr of cidrs) {
    if (cidr.family === family) intervals.push(cidrInterval(cidr));
  }
  return intervalSet(intervals);
}

/** The widest range that starts at `start` and stays before `end`. */
function widestAt(start: bigint, end: bigint, family: IpFamily): Cidr {
  const bits = ADDRESS_BITS[family];
  const length = end - start;
  // What is aligned and fits with k host bits is so with fewer: halve the choice.
  let hostBits = 0;
  for (let high = bits; hostBits < high; ) {
    const middle = (hostBits + high + 1) >>> 1;
    const fits = BigInt.asUintN(middle, start) === 0n && length >> BigInt(middle) !== 0n;
    if (fits) hostBits = middle;
    else high = middle - 1;
  }
  return cidrOf(addressFromValue(family, start), bits - hostBits);
}

/** Whether `a` and `b` are the lower and the upper half of one range. */
function isOtherHalf(a: Cidr, b: Cidr): boolean {
  return a.family === b.family && a.prefix === b.prefix && (a.address ^ b.address) === cidrSize(a);
}

function parent(half: Cidr): Cidr {
  return cidrOf({ family: half.family, value: half.address }, half.prefix - 1);
}
