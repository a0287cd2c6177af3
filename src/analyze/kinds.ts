/** The kinds of first packets of connections that rules of the nat table can tell apart, as packets. */

import { ADDRESS_BITS, type IpFamily } from "../net/address.ts";
import { type Cidr, cidrInterval, holdsAddress } from "../net/cidr.ts";
import { LOOPBACK } from "../net/known-ranges.ts";
import { MAX_PORT } from "../net/port.ts";
import type { Match, PortSpan } from "../ruleset/rule.ts";
import { interfaceCells } from "./interface-cells.ts";
import { matchHolds } from "./match-holds.ts";
import type { Direction, Endpoint, Owner, Packet } from "./packet.ts";
import { ANY_PROTOCOL, PROTOCOLS_WITH_PORTS, protocolNumber, TCP } from "./protocol.ts";

/** Of each dimension a value for every way in which conditions can see it. */
export interface Kinds {
  readonly family: IpFamily;
  readonly direction: Direction;
  readonly protocols: readonly number[];
  readonly interfaces: readonly string[];
  readonly owners: readonly (Owner | undefined)[];
  readonly sources: readonly bigint[];
  readonly destinations: readonly bigint[];
  readonly ports: readonly number[];
}

/** Protocols that no rule names as a rule, with and without ports: DCCP and an experimental one (RFC 3692). */
const UNNAMED_PROTOCOLS = [33, 253] as const;

/** The highest UID or GID: the one above is `(uid_t) -1`, that of nobody. */
const MAX_ID = 2 ** 32 - 1;

/** Undefined when a condition is of a kind that is rare, and left to the diagrams. */
export function kindsOf(
  family: IpFamily,
  direction: Direction,
  conditions: readonly Match[],
): Kinds | undefined {
  const protocols = new Set<number>([TCP, 17, ...UNNAMED_PROTOCOLS]);
  const patterns: string[] = [];
  const uids = new Set([0]);
  const gids = new Set([0]);
  const sources = new Set([0n]);
  const destinations = new Set([0n]);
  const ports = new Set([1, 0]);
  const cut = (values: Set<number>, { first, last }: PortSpan) => values.add(first).add(last + 1);
  const cutAddress = (values: Set<bigint>, range: Cidr) => {
    const { start, end } = cidrInterval(range);
    if (range.family === family) values.add(start).add(end);
  };
  cutAddress(destinations, LOOPBACK[family]);
  for (const match of conditions) {
    switch (match.kind) {
      case "protocol": {
        const number = protocolNumber(match.protocol) ?? ANY_PROTOCOL;
        if (number !== ANY_PROTOCOL) protocols.add(number);
        break;
      }
      case "source":
        cutAddress(sources, match.range);
        break;
      case "destination":
        cutAddress(destinations, match.range);
        break;
      case "in-interface":
      case "out-interface":
        patterns.push(match.name);
        break;
      case "destination-port":
        cut(ports, match.range);
        break;
      case "destination-multiport":
        for (const range of match.ranges) cut(ports, range);
        break;
      case "owner-uid":
        cut(uids, match.ids);
        break;
      case "owner-gid":
        cut(gids, match.ids);
        break;
      case "comment":
        break;
      default:
        return undefined;
    }
  }
  const addresses = 1n << BigInt(ADDRESS_BITS[family]);
  const owners = [...uids].flatMap((uid) => [...gids].map((gid) => ({ uid, gid })));
  return {
    family,
    direction,
    protocols: [...protocols],
    // The names that no rule has come last of all cells, and are tried first.
    interfaces: interfaceCells(patterns)
      .map(({ sample }) => sample)
      .filter((name) => name !== "" && (name !== "lo" || direction === "outbound"))
      .reverse(),
    owners: direction === "inbound" ? [undefined] : [...owners.filter(isId), undefined],
    sources: [...sources].filter((address) => address < addresses),
    destinations: [...destinations].filter((address) => address < addresses),
    ports: [...ports].filter((port) => port <= MAX_PORT),
  };
}

/**
 * Gives every packet of the kinds that meets some conditions to `visit`, until that returns false, which is returned
 * then. Which packets there are is stated in `world.ts`. It is one object that changes: a visitor that keeps it keeps a
 * copy.
 */
export function everyPacket(
  kinds: Kinds,
  conditions: readonly Match[],
  visit: (packet: Packet) => boolean,
): boolean {
  const { family, direction } = kinds;
  const packet: Draft = {
    family,
    direction,
    source: NOWHERE,
    destination: NOWHERE,
    protocol: 0,
    state: "NEW",
    interface: "",
    holds: NOTHING,
  };
  const meets = (condition: Match) => matchHolds(condition, packet);
  const everyOne = DIMENSIONS.reduceRight(
    (everyOther, { seenBy, every }) => {
      const asked = conditions.filter(({ kind }) => seenBy.includes(kind));
      const goOn = asked.length === 0 ? everyOther : () => !asked.every(meets) || everyOther();
      return () => every(kinds, packet, goOn);
    },
    () => visit(packet),
  );
  return everyOne();
}

const NOWHERE: Endpoint = { address: 0n, port: 0 };
const NOTHING: ReadonlySet<string> = new Set();

/** A packet in the making. */
type Draft = { -readonly [property in keyof Packet]: Packet[property] };

/** Something that a packet has one value of. */
interface Dimension {
  /** The conditions that can be asked once this and what stands before it are known. */
  readonly seenBy: readonly Match["kind"][];
  /** Whether `visit` is true of the packet with each of the values in turn. */
  readonly every: (kinds: Kinds, packet: Draft, visit: () => boolean) => boolean;
}

function dimension<T>(
  seenBy: readonly Match["kind"][],
  valuesOf: (kinds: Kinds, packet: Packet) => readonly T[],
  set: (packet: Draft, value: T) => void,
): Dimension {
  return {
    seenBy,
    every: (kinds, packet, visit) =>
      valuesOf(kinds, packet).every((value) => {
        set(packet, value);
        return visit();
      }),
  };
}

const DIMENSIONS: readonly Dimension[] = [
  dimension(
    ["protocol"],
    ({ protocols }) => protocols,
    (packet, protocol) => {
      packet.protocol = protocol;
    },
  ),
  dimension(
    ["destination-port", "destination-multiport"],
    ({ ports }, { protocol }) => (PROTOCOLS_WITH_PORTS.includes(protocol) ? ports : NO_PORT),
    (packet, port) => {
      packet.destination = { address: packet.destination.address, port };
    },
  ),
  dimension(
    ["destination"],
    ({ destinations }) => destinations,
    (packet, address) => {
      packet.destination = { address, port: packet.destination.port };
    },
  ),
  dimension(
    ["source"],
    ({ sources }) => sources,
    (packet, address) => {
      packet.source = { address, port: packet.source.port };
    },
  ),
  dimension(
    ["in-interface", "out-interface"],
    ({ interfaces, direction }, packet) =>
      direction === "outbound" && isToLoopback(packet) ? BY_LOOPBACK : interfaces,
    (packet, name) => {
      packet.interface = name;
    },
  ),
  dimension(
    ["owner-uid", "owner-gid"],
    ({ owners }) => owners,
    (packet, owner) => {
      if (owner === undefined) delete packet.owner;
      else packet.owner = owner;
    },
  ),
];

const NO_PORT: readonly number[] = [0];
const BY_LOOPBACK: readonly string[] = ["lo"];

function isToLoopback({ family, destination: { address: value } }: Packet): boolean {
  return holdsAddress(LOOPBACK[family], { family, value });
}

function isId({ uid, gid }: Owner): boolean {
  return uid <= MAX_ID && gid <= MAX_ID;
}
