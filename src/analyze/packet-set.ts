/** Sets of packets: diagrams with the values true and false, from conditions and from each other. */
import { cidrInterval } from "../net/cidr.ts";
import { type Interval, type IntervalSet, intersect, intervalSet, subtract } from "../net/interval-set.ts";
import type { ConnectionState, Match, PortSpan } from "../ruleset/rule.ts";
import {
  type Axis,
  cellCount,
  cellsBetween,
  type InterfaceAxis,
  type NumberAxis,
  type StateAxis,
} from "./axis.ts";
import { type Diagram, isLeaf } from "./diagram.ts";
import { cellsNamed } from "./interface-cells.ts";
import { ANY_PROTOCOL, PROTOCOLS_WITH_PORTS, protocolNumber } from "./protocol.ts";
import type { PacketSpace } from "./space.ts";

/** A set of the packets of a space: those for which the value is true. */
export type PacketSet = Diagram<boolean>;

/** Which cells of which dimensions conditions leave, by level. A dimension that is absent keeps all. */
export type Sides = ReadonlyMap<number, IntervalSet<number>>;

/** Sets and what can be done with them. All sets come from one space. */
export interface PacketSets {
  readonly all: PacketSet;
  readonly none: PacketSet;
  readonly and: (a: PacketSet, b: PacketSet) => PacketSet;
  readonly or: (a: PacketSet, b: PacketSet) => PacketSet;
  /** The packets of `a` that are not in `b`. */
  readonly minus: (a: PacketSet, b: PacketSet) => PacketSet;
  /** The packets for which all conditions hold. */
  readonly where: (conditions: readonly Match[]) => PacketSet;
  /** The packets in any of the sets. Halves are joined, so that n apart cost n log n. */
  readonly anyOf: (sets: readonly PacketSet[]) => PacketSet;
}

/** The set operations of a space. */
export function packetSets(space: PacketSpace): PacketSets {
  const { store } = space;
  const all = store.leaf(true);
  const none = store.leaf(false);
  const and = store.operation<boolean, boolean, boolean>(
    (a, b) => {
      if (a === none || b === none) return none;
      if (a === all) return b;
      return b === all || a === b ? a : undefined;
    },
    (a) => (a === none ? none : undefined),
  );
  const or = store.operation<boolean, boolean, boolean>(
    (a, b) => {
      if (a === all || b === all) return all;
      if (a === none) return b;
      return b === none || a === b ? a : undefined;
    },
    (a) => (a === all ? all : undefined),
  );
  const minus = store.operation<boolean, boolean, boolean>(
    (a, b) => {
      if (a === none || b === all || a === b) return none;
      if (b === none) return a;
      return isLeaf(a) && isLeaf(b) ? none : undefined;
    },
    (a) => (a === none ? none : undefined),
  );
  const anyOf = (sets: readonly PacketSet[]): PacketSet => {
    const middle = sets.length >>> 1;
    if (middle === 0) return sets[0] ?? none;
    return or(anyOf(sets.slice(0, middle)), anyOf(sets.slice(middle)));
  };
  const where = (conditions: readonly Match[]) => store.box(sidesOf(space, conditions), all, none);
  return { all, none, and, or, minus, where, anyOf };
}

/** What the conditions leave of each dimension. */
export function sidesOf(space: PacketSpace, conditions: readonly Match[]): Sides {
  const sides = new Map<number, IntervalSet<number>>();
  const keep = (name: string, negated: boolean, cellsOn: (axis: Axis) => Iterable<Interval<number>>) => {
    const level = space.levels.get(name);
    const axis = level === undefined ? undefined : space.axes[level];
    if (level === undefined || axis === undefined) throw new Error(`the space has no dimension ${name}`);
    const cells = intervalSet(cellsOn(axis));
    const left = negated ? subtract([{ start: 0, end: cellCount(axis) }], cells) : cells;
    const before = sides.get(level);
    sides.set(level, before === undefined ? left : intersect(before, left));
  };
  for (const match of conditions) keepMatch(match, keep, space);
  return sides;
}

type Keep = (name: string, negated: boolean, cellsOn: (axis: Axis) => Iterable<Interval<number>>) => void;

function keepMatch(match: Match, keep: Keep, { family }: PacketSpace): void {
  const ranges = (name: string, negated: boolean, intervals: readonly Interval<bigint>[]) =>
    keep(name, negated, (axis) => intervals.map((interval) => cellsBetween(axis as NumberAxis, interval)));
  switch (match.kind) {
    case "protocol": {
      const protocol = protocolNumber(match.protocol) ?? ANY_PROTOCOL;
      const whole = { start: 0n, end: 256n };
      ranges("protocol", match.negated, [protocol === ANY_PROTOCOL ? whole : oneNumber(protocol)]);
      return;
    }
    case "source":
    case "destination":
      ranges(match.kind, match.negated, match.range.family === family ? [cidrInterval(match.range)] : []);
      return;
    case "source-set":
    case "destination-set": {
      const own = match.ranges.filter((range) => range.family === family);
      ranges(match.kind === "source-set" ? "source" : "destination", match.negated, own.map(cidrInterval));
      return;
    }
    case "in-interface":
    case "out-interface":
      keep(match.kind, match.negated, (axis) => cellsNamed(axis as InterfaceAxis, match.name));
      return;
    case "source-port":
    case "destination-port":
    case "source-multiport":
    case "destination-multiport": {
      const spans = "ranges" in match ? match.ranges : [match.range];
      const name = match.kind.startsWith("source") ? "source-port" : "destination-port";
      ranges("protocol", false, PROTOCOLS_WITH_PORTS.map(oneNumber));
      ranges(name, match.negated, spans.map(numbersIn));
      return;
    }
    case "owner-uid":
    case "owner-gid":
      ranges(match.kind, match.negated, [numbersIn(match.ids)]);
      return;
    case "connection-state":
      keep("state", match.negated, (axis) => statesAmong(axis as StateAxis, match.states));
      return;
    case "unknown":
      keep(match.text, false, () => [{ start: 1, end: 2 }]);
      return;
    case "comment":
  }
}

function statesAmong(axis: StateAxis, states: readonly ConnectionState[]): readonly Interval<number>[] {
  return axis.states.flatMap((state, start) => (states.includes(state) ? [{ start, end: start + 1 }] : []));
}

function oneNumber(number: number): Interval<bigint> {
  return numbersIn({ first: number, last: number });
}

function numbersIn({ first, last }: PortSpan): Interval<bigint> {
  return { start: BigInt(first), end: BigInt(last) + 1n };
}
