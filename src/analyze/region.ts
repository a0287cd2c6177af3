/** What a function of packets is made of: boxes of packets with one value, their sizes, and packets to show for them. */
import type { Interval, IntervalSet } from "../net/interval-set.ts";
import { type Axis, cellCount, numbersOf } from "./axis.ts";
import { type Diagram, isLeaf } from "./diagram.ts";
import type { PacketSet, Sides } from "./packet-set.ts";
import type { PacketSpace } from "./space.ts";

/** Packets for which a function has one value: those that each of some dimensions has in some of its cells. */
export interface Region<T> {
  readonly value: T;
  /** The cells by level. A dimension that is absent does not matter. */
  readonly sides: Sides;
}

/**
 * The regions of a function, which are apart and together hold every packet whose value is `wanted`. There can be far
 * more of them than the diagram has nodes; they are made as they are asked for.
 */
export function* regionsOf<T>(
  diagram: Diagram<T>,
  wanted: (value: T) => boolean,
  sides: Sides = new Map(),
): Generator<Region<T>> {
  if (isLeaf(diagram)) {
    if (wanted(diagram.value)) yield { value: diagram.value, sides };
    return;
  }
  for (const [child, cells] of byChild(diagram.ends, diagram.children)) {
    yield* regionsOf(child, wanted, new Map([...sides, [diagram.level, cells]]));
  }
}

/** How many regions {@link regionsOf} gives. */
export function regionCount<T>(diagram: Diagram<T>, wanted: (value: T) => boolean): bigint {
  const counts = new Map<Diagram<T>, bigint>();
  const visit = (from: Diagram<T>): bigint => {
    if (isLeaf(from)) return wanted(from.value) ? 1n : 0n;
    const known = counts.get(from);
    if (known !== undefined) return known;
    let count = 0n;
    for (const child of new Set(from.children)) count += visit(child);
    counts.set(from, count);
    return count;
  };
  return visit(diagram);
}

/**
 * How many packets a set has: combinations of a value for each dimension. Interfaces, of which there is no number, count
 * by what rules can tell apart, and conditions that are not modelled count as holding or not.
 */
export function packetCount(space: PacketSpace, set: PacketSet): bigint {
  const counts = new Map<PacketSet, bigint>();
  /** How many there are over the dimensions from `level` on. */
  const visit = (from: PacketSet, level: number): bigint => {
    let skipped = 1n;
    const end = Math.min(from.level, space.axes.length);
    for (let at = level; at < end; at++) skipped *= axisSize(space.axes[at] as Axis);
    return skipped * below(from);
  };
  const below = (from: PacketSet): bigint => {
    if (isLeaf(from)) return from.value ? 1n : 0n;
    const known = counts.get(from);
    if (known !== undefined) return known;
    const axis = space.axes[from.level] as Axis;
    let count = 0n;
    for (const [child, cells] of byChild(from.ends, from.children)) {
      const inside = visit(child, from.level + 1);
      if (inside !== 0n) for (const interval of cells) count += inside * cellsSize(axis, interval);
    }
    counts.set(from, count);
    return count;
  };
  return visit(set, 0);
}

/** Each child with the cells that lead to it, in the order of the first of them. */
function byChild<T>(
  ends: readonly number[],
  children: readonly Diagram<T>[],
): ReadonlyMap<Diagram<T>, IntervalSet<number>> {
  const found = new Map<Diagram<T>, Interval<number>[]>();
  let start = 0;
  for (const [index, child] of children.entries()) {
    const end = ends[index] ?? start;
    const cells = found.get(child);
    if (cells === undefined) found.set(child, [{ start, end }]);
    else cells.push({ start, end });
    start = end;
  }
  return found;
}

function axisSize(axis: Axis): bigint {
  return cellsSize(axis, { start: 0, end: cellCount(axis) });
}

function cellsSize(axis: Axis, cells: Interval<number>): bigint {
  if (axis.kind !== "number") return BigInt(cells.end - cells.start);
  const { start, end } = numbersOf(axis, cells);
  return end - start;
}
