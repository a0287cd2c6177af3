/** The dimensions of packet space, each cut into cells: within a cell, no rule can tell two values apart. */
import type { Interval } from "../net/interval-set.ts";
import type { TrackedState } from "./packet.ts";

/** What a packet has one number of. */
export type NumberAxisName =
  | "protocol"
  | "owner-uid"
  | "owner-gid"
  | "source-port"
  | "destination-port"
  | "source"
  | "destination";

/** One dimension. */
export type Axis = NumberAxis | InterfaceAxis | StateAxis | ConditionAxis;

/** Whole numbers from 0. Cell `i` starts at `starts[i]` and ends before the next start, the last before `size`. */
export interface NumberAxis {
  readonly kind: "number";
  readonly name: NumberAxisName;
  readonly starts: readonly bigint[];
  readonly size: bigint;
}

/** Interface names. The first cell is that of no interface at all, whose name is empty to the kernel. */
export interface InterfaceAxis {
  readonly kind: "interface";
  readonly name: "in-interface" | "out-interface";
  readonly cells: readonly InterfaceCell[];
  /** The indexes of the cells, in the order of their samples. */
  readonly order: readonly number[];
}

/** One name that rules have, or all names that no rule has and that the same wildcards cover. */
export interface InterfaceCell {
  /** The name, or one of the names. */
  readonly sample: string;
  /** For several names: the longest of the wildcards that cover them, without its plus; empty when none does. */
  readonly prefix?: string;
}

/** States of connection tracking, a cell each. */
export interface StateAxis {
  readonly kind: "state";
  readonly states: readonly TrackedState[];
}

/** A condition that is not modelled: it fails in the first cell and holds in the second. */
export interface ConditionAxis {
  readonly kind: "condition";
  readonly name: string;
}

/** The owner number of a packet without a socket: one more than the highest UID. */
export const NO_OWNER: bigint = 2n ** 32n;

/** How many cells the axis has. */
export function cellCount(axis: Axis): number {
  switch (axis.kind) {
    case "number":
      return axis.starts.length;
    case "interface":
      return axis.cells.length;
    case "state":
      return axis.states.length;
    case "condition":
      return 2;
  }
}

/** The axis of numbers from 0 up to `size` that is cut at each of `cuts`; those outside are left out. */
export function numberAxis(name: NumberAxisName, size: bigint, cuts: Iterable<bigint>): NumberAxis {
  const sorted = [0n];
  for (const cut of cuts) if (cut > 0n && cut < size) sorted.push(cut);
  sorted.sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
  return { kind: "number", name, size, starts: sorted.filter((cut, i) => cut !== sorted[i - 1]) };
}

/** The cell that holds `value`. */
export function cellOfNumber({ starts }: NumberAxis, value: bigint): number {
  let low = 0;
  let high = starts.length;
  while (high - low > 1) {
    const middle = (low + high) >>> 1;
    if ((starts[middle] as bigint) <= value) low = middle;
    else high = middle;
  }
  return low;
}

/** The cells of the numbers of an interval, which the axis is cut at. */
export function cellsBetween(axis: NumberAxis, { start, end }: Interval<bigint>): Interval<number> {
  const last = end >= axis.size ? axis.starts.length : cellOfNumber(axis, end);
  return { start: start >= axis.size ? last : cellOfNumber(axis, start), end: last };
}

/** The numbers of an interval of cells. */
export function numbersOf({ starts, size }: NumberAxis, cells: Interval<number>): Interval<bigint> {
  return { start: starts[cells.start] ?? size, end: starts[cells.end] ?? size };
}
