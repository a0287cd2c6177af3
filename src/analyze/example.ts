import type { IpFamily } from "../net/address.ts";
import { type Axis, cellOfNumber, NO_OWNER, type NumberAxis, numbersOf } from "./axis.ts";
import { childAt, isLeaf } from "./diagram.ts";
import { interfaceCell } from "./interface-cells.ts";
import type { Direction, Packet, TrackedState } from "./packet.ts";
import type { PacketSet } from "./packet-set.ts";
import type { PacketSpace } from "./space.ts";

/** A value of each dimension, by its name, as far as a packet has it. */
interface Values {
  readonly numbers: Map<string, bigint>;
  readonly interfaces: Map<string, string>;
  readonly holds: Set<string>;
  state: TrackedState;
}

/**
 * A packet of a set whose packets all go in `direction`; undefined when the set is empty. Of the packets there are it is
 * a common one: TCP, new, by `eth0`, with addresses of documentation (RFC 5737, RFC 3849), as far as the set has that.
 */
export function examplePacket(space: PacketSpace, set: PacketSet, direction: Direction): Packet | undefined {
  const values: Values = { numbers: new Map(), interfaces: new Map(), holds: new Set(), state: "NEW" };
  let at = set;
  for (const [level, axis] of space.axes.entries()) {
    const from = at;
    const isOpen = (cell: number) => {
      const child = from.level === level && !isLeaf(from) ? childAt(from, cell) : from;
      return !isLeaf(child) || child.value;
    };
    const cell = choose(axis, isOpen, values, preferences(space.family, direction));
    if (cell === undefined) return undefined;
    if (from.level === level && !isLeaf(from)) at = childAt(from, cell);
  }
  return isLeaf(at) && at.value ? packetOf(space.family, direction, values) : undefined;
}

interface Preferences {
  readonly numbers: { readonly [name: string]: readonly bigint[] };
  readonly interfaces: readonly string[];
}

const ADDRESSES: {
  readonly [family in IpFamily]: { readonly pod: readonly bigint[]; readonly peer: readonly bigint[] };
} = {
  ipv4: { pod: [0xc0000202n], peer: [0xc6336407n, 0xcb007107n, 0x7f000002n] },
  ipv6: { pod: [(0x20010db8n << 96n) | 0x202n], peer: [(0x20010db8n << 96n) | (7n << 64n) | 7n] },
};

function preferences(family: IpFamily, direction: Direction): Preferences {
  const { pod, peer } = ADDRESSES[family];
  return {
    numbers: {
      protocol: [6n, 17n],
      "owner-uid": [1000n, 0n],
      "owner-gid": [1000n, 0n],
      "source-port": [49152n],
      "destination-port": [80n, 443n, 8080n],
      source: direction === "outbound" ? pod : peer,
      destination: direction === "outbound" ? peer : pod,
    },
    interfaces: ["eth0"],
  };
}

/** Takes the first value that the set is open to, and notes it. */
function choose(
  axis: Axis,
  isOpen: (cell: number) => boolean,
  values: Values,
  preferred: Preferences,
): number | undefined {
  switch (axis.kind) {
    case "condition": {
      const cell = [0, 1].find(isOpen);
      if (cell === 1) values.holds.add(axis.name);
      return cell;
    }
    case "state": {
      const cell = axis.states.findIndex((_, index) => isOpen(index));
      values.state = axis.states[cell] ?? "NEW";
      return cell === -1 ? undefined : cell;
    }
    case "interface": {
      const wanted = preferred.interfaces.map((name) => ({ name, cell: interfaceCell(axis.cells, name) }));
      const all = axis.cells.map(({ sample: name }, cell) => ({ name, cell }));
      const found = [...wanted, ...all].find(({ cell }) => cell >= 0 && isOpen(cell));
      values.interfaces.set(axis.name, found?.name ?? "");
      return found?.cell;
    }
    case "number": {
      const wanted = preferred.numbers[axis.name]?.find((number) => isOpen(cellOfNumber(axis, number)));
      const first = wanted === undefined ? axis.starts.findIndex((_, index) => isOpen(index)) : -1;
      const cell = wanted === undefined ? first : cellOfNumber(axis, wanted);
      if (cell === -1) return undefined;
      values.numbers.set(axis.name, wanted ?? plainNumber(axis, cell));
      return cell;
    }
  }
}

/** The first number of a cell; of a range of addresses the second one, since the first is that of a network. */
function plainNumber(axis: NumberAxis, cell: number): bigint {
  const { start, end } = numbersOf(axis, { start: cell, end: cell + 1 });
  const isRange = (axis.name === "source" || axis.name === "destination") && end - start > 2n;
  return isRange ? start + 1n : start;
}

function packetOf(
  family: IpFamily,
  direction: Direction,
  { numbers, interfaces, holds, state }: Values,
): Packet {
  const number = (name: string) => numbers.get(name) ?? 0n;
  const uid = number("owner-uid");
  const packet: Packet = {
    direction,
    family,
    protocol: Number(number("protocol")),
    state,
    interface: interfaces.get(direction === "inbound" ? "in-interface" : "out-interface") ?? "",
    source: { address: number("source"), port: Number(number("source-port")) },
    destination: { address: number("destination"), port: Number(number("destination-port")) },
    holds,
  };
  if (uid === NO_OWNER) return packet;
  return { ...packet, owner: { uid: Number(uid), gid: Number(number("owner-gid")) } };
}
