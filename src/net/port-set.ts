import { type IntervalSet, intervalSet } from "./interval-set.ts";
import { MAX_PORT, MIN_PORT, type Port, type PortRange } from "./port.ts";

/** A set of ports as half-open intervals, so that the interval algebra applies to it. */
export type PortSet = IntervalSet<number>;

/**
 * How many slots a multiport match has: `XT_MULTI_PORTS` in the kernel's `xt_multiport.h`. A single port takes one
 * slot and a range takes two (iptables-extensions(8), multiport).
 */
export const MULTIPORT_SLOTS = 15;

/** The set of all ports in `ranges`, which may overlap and come in any order. */
export function portSet(ranges: Iterable<PortRange>): PortSet {
  const intervals = [];
  for (const { first, last } of ranges) intervals.push({ start: first, end: last + 1 });
  return intervalSet<number>(intervals);
}

/**
 * The fewest ranges that hold exactly the ports of `set`, in rising order.
 *
 * @throws RangeError when the set holds a number that is not a port (1 to 65535).
 */
export function toRanges(set: PortSet): readonly PortRange[] {
  return set.map(({ start, end }) => {
    if (start < MIN_PORT || end > MAX_PORT + 1) {
      throw new RangeError(`ports ${start} to ${end - 1} are not inside ${MIN_PORT} to ${MAX_PORT}`);
    }
    return { first: start as Port, last: (end - 1) as Port };
  });
}

/** The fewest ranges that hold exactly the ports of `ranges`, in rising order: 81, 80, 80, 90-95 is 80-81, 90-95. */
export function compactRanges(ranges: Iterable<PortRange>): readonly PortRange[] {
  return toRanges(portSet(ranges));
}

/** How many multiport slots a range takes: one for a single port, two for more. */
export function multiportSlots({ first, last }: { readonly first: number; readonly last: number }): 1 | 2 {
  return first === last ? 1 : 2;
}

/**
 * Splits `ranges` into the fewest groups that a multiport match can hold, each of at most
 * {@link MULTIPORT_SLOTS} slots and in rising order. No ranges give no groups.
 *
 * Seven ranges fill 14 of 15 slots and only a single port can use the last one, so a group takes its ranges first
 * and then fills up with single ports: no fuller packing exists. The ranges are taken as they are; pass the result
 * of {@link toRanges} to have them compact.
 */
export function splitMultiport(ranges: readonly PortRange[]): readonly (readonly PortRange[])[] {
  const wide = ranges.filter((range) => multiportSlots(range) === 2);
  const single = ranges.filter((range) => multiportSlots(range) === 1);
  const groups: PortRange[][] = [];
  for (let w = 0, s = 0; w < wide.length || s < single.length; ) {
    const group = wide.slice(w, w + Math.floor(MULTIPORT_SLOTS / 2));
    w += group.length;
    const rest = single.slice(s, s + MULTIPORT_SLOTS - 2 * group.length);
    s += rest.length;
    groups.push([...group, ...rest].sort((a, b) => a.first - b.first || a.last - b.last));
  }
  return groups;
}
