import { addressFromValue, formatAddress, type IpFamily } from "../net/address.ts";
import { formatCidr } from "../net/cidr.ts";
import { cidrsOf } from "../net/cidr-set.ts";
import { type Interval, type IntervalSet, intervalSet, subtract } from "../net/interval-set.ts";
import { nameOfProtocol } from "../ruleset/protocol.ts";
import {
  type Axis,
  cellCount,
  type InterfaceCell,
  NO_OWNER,
  type NumberAxisName,
  numbersOf,
} from "./axis.ts";
import type { Sides } from "./packet-set.ts";
import type { PacketSpace } from "./space.ts";

/** The interfaces that no rule names and no wildcard covers. */
const ANY_OTHER = "any other";

/** Most values of a dimension that a text names. */
const NAMED = 8;

/** Most ranges in CIDR notation that are easier to read than the ends of the addresses that they make up. */
const FEW = 2;

/** What the packets of a region have in common: `destination 10.0.0.0/8, destination port 443, user 1500`. */
export function regionText(space: PacketSpace, sides: Sides): string {
  const parts = [...sides].flatMap(([level, cells]) => {
    const axis = space.axes[level];
    return axis === undefined || isWhole(axis, cells) ? [] : axisText(space, axis, cells);
  });
  return parts.length === 0 ? "every packet" : parts.join(", ");
}

function isWhole(axis: Axis, cells: IntervalSet<number>): boolean {
  const [only, ...others] = cells;
  return only !== undefined && others.length === 0 && only.start === 0 && only.end === cellCount(axis);
}

/** One text, or none where the dimension says nothing: which interface a packet lacks, its direction tells. */
function axisText(space: PacketSpace, axis: Axis, cells: IntervalSet<number>): readonly string[] {
  if (axis.kind === "condition")
    return [`'${axis.name}' ${cells[0]?.start === 1 ? "holds" : "does not hold"}`];
  const names = valueNames(space, axis, cells);
  const others = valueNames(space, axis, subtract([{ start: 0, end: cellCount(axis) }], cells));
  // What no rule names is best told by what it is not.
  const open = names.includes(ANY_OTHER);
  const turned = open || (others.length < names.length && !others.includes(ANY_OTHER));
  if ((turned ? others : names).length === 0) return [];
  const values = turned ? `other than ${list(others)}` : list(names);
  return [`${axisWords(axis)} ${values}`];
}

function axisWords(axis: Exclude<Axis, { kind: "condition" }>): string {
  switch (axis.kind) {
    case "interface":
      return axis.name === "in-interface" ? "came in by" : "leaves by";
    case "state":
      return "connection";
    case "number":
      return NUMBER_WORDS[axis.name];
  }
}

const NUMBER_WORDS: Readonly<Record<NumberAxisName, string>> = {
  protocol: "protocol",
  source: "source",
  destination: "destination",
  "source-port": "source port",
  "destination-port": "destination port",
  "owner-uid": "user",
  "owner-gid": "group",
};

/** The values of some cells, each range of them as one name. */
function valueNames(
  space: PacketSpace,
  axis: Exclude<Axis, { kind: "condition" }>,
  cells: IntervalSet<number>,
): readonly string[] {
  switch (axis.kind) {
    case "interface":
      return indexes(cells)
        .flatMap((index) => axis.cells[index] ?? [])
        .flatMap(cellNames);
    case "state":
      return indexes(cells).flatMap((index) => axis.states[index] ?? []);
    case "number": {
      const numbers = intervalSet(cells.map((interval) => numbersOf(axis, interval)));
      switch (axis.name) {
        case "source":
        case "destination":
          return numbers.flatMap((interval) => addressNames(interval, space.family));
        case "owner-uid":
        case "owner-gid":
          return numbers.flatMap(ownerNames);
        case "source-port":
        case "destination-port":
          return numbers.map(span);
        case "protocol":
          return numbers.map(protocolName);
      }
    }
  }
}

/** Ranges in CIDR notation, or the first and the last address where it would take many of them. */
function addressNames(interval: Interval<bigint>, family: IpFamily): readonly string[] {
  const cidrs = cidrsOf(intervalSet([interval]), family);
  if (cidrs.length <= FEW) return cidrs.map(formatCidr);
  const [first, last] = [interval.start, interval.end - 1n].map((value) =>
    formatAddress(addressFromValue(family, value)),
  );
  return [`${first}-${last}`];
}

function ownerNames({ start, end }: Interval<bigint>): readonly string[] {
  const last = end > NO_OWNER ? NO_OWNER : end;
  return [...(start < last ? [span({ start, end: last })] : []), ...(end > NO_OWNER ? ["none"] : [])];
}

function protocolName(numbers: Interval<bigint>): string {
  const { start, end } = numbers;
  return end - start === 1n ? nameOfProtocol(Number(start)) : span(numbers);
}

function cellNames({ sample, prefix }: InterfaceCell): readonly string[] {
  if (sample === "") return [];
  if (prefix === undefined) return [sample];
  return [prefix === "" ? ANY_OTHER : `any other ${prefix}+`];
}

function indexes(cells: IntervalSet<number>): readonly number[] {
  return cells.flatMap(({ start, end }) => Array.from({ length: end - start }, (_, index) => start + index));
}

function span({ start, end }: Interval<bigint>): string {
  return end - start === 1n ? String(start) : `${start}-${end - 1n}`;
}

function list(names: readonly string[]): string {
  const shown = names.slice(0, NAMED).join(" or ");
  return names.length > NAMED ? `${shown} or ${names.length - NAMED} more` : shown;
}
