/**
 * Which packets there are. A condition that holds for none of them never holds, and rules differ only by what they do to
 * them. Stated here and nowhere else:
 *
 * - A packet that comes in has no out-interface and no socket; one that a process sends has no in-interface. Either
 *   owner is there or neither (`xt_owner.c` reads both from one file).
 * - Only TCP, UDP, DCCP, SCTP and UDP-Lite have ports; port 0 stands for having none.
 * - The nat table is asked about the first packet of a connection (`meetsNat`), and on the way in never about one that
 *   came by `lo`: such a packet met the nat table at OUTPUT, and a connection is translated once.
 * - Before connection tracking, all packets are INVALID to the rules.
 * - What is sent to a loopback address leaves by `lo`: the local routing table says so. A socket bound to another
 *   interface could send there by that one, to where nobody takes it; it is left out.
 */
import type { IpFamily } from "../net/address.ts";
import { type Cidr, parseCidr } from "../net/cidr.ts";
import type { Chain, Match } from "../ruleset/rule.ts";
import { type Axis, cellOfNumber, NO_OWNER, type NumberAxisName } from "./axis.ts";
import type { Direction, TrackedState } from "./packet.ts";
import { ERROR_PROTOCOLS, isBeforeTracking } from "./packet-path.ts";
import type { PacketSet, PacketSets } from "./packet-set.ts";
import { PROTOCOLS_WITH_PORTS } from "./protocol.ts";
import type { PacketSpace } from "./space.ts";

const LOOPBACK: { readonly [family in IpFamily]: Cidr } = {
  ipv4: knownRange("127.0.0.0/8"),
  ipv6: knownRange("::1/128"),
};

/** The conditions that a space has to be cut by for the packets there are to be told in it. */
export function worldConditions(family: IpFamily): readonly Match[] {
  return [{ kind: "destination", negated: false, range: LOOPBACK[family] }];
}

/** The packets that start their way in a direction, as `walk` takes them. */
export function packetsOf(space: PacketSpace, sets: PacketSets, direction: Direction): PacketSet {
  const { wellFormed, cameIn, notByLo, sent, loopbackByLo } = factsOf(space, sets);
  const facts = direction === "inbound" ? [cameIn, notByLo] : [sent, loopbackByLo];
  return facts.reduce(sets.and, wellFormed);
}

/** The packets that the nat table is asked about. */
export function packetsForNat(space: PacketSpace, sets: PacketSets): PacketSet {
  return factsOf(space, sets).meetsNat;
}

/** The packets that can meet a built-in chain, whatever other tables do. */
export function packetsAt(space: PacketSpace, sets: PacketSets, chain: Chain): PacketSet {
  const facts = factsOf(space, sets);
  const isNat = chain.table === "nat";
  const tracked = isNat ? facts.meetsNat : isBeforeTracking(chain) ? facts.invalid : sets.all;
  return [tracked, ...atHook(chain, facts, isNat)].reduce(sets.and, facts.wellFormed);
}

function atHook({ hook, table }: Chain, facts: Facts, isNat: boolean): readonly PacketSet[] {
  if (hook === undefined) return [facts.nothing];
  switch (hook) {
    case "PREROUTING":
      return isNat ? [facts.cameIn, facts.notByLo] : [facts.cameIn];
    case "INPUT":
      return [facts.cameIn];
    case "FORWARD":
      return [facts.someIn, facts.someOut, facts.noOwner];
    case "OUTPUT":
      // Behind the nat table a destination may be a rewritten one, and the out-interface still that of the old one.
      return table === "filter" || table === "security" ? [facts.sent] : [facts.sent, facts.loopbackByLo];
    case "POSTROUTING":
      return [facts.someOut];
  }
}

/** Each fact as the packets that respect it. */
interface Facts {
  readonly nothing: PacketSet;
  readonly wellFormed: PacketSet;
  readonly cameIn: PacketSet;
  readonly sent: PacketSet;
  readonly someIn: PacketSet;
  readonly someOut: PacketSet;
  readonly noOwner: PacketSet;
  readonly notByLo: PacketSet;
  readonly loopbackByLo: PacketSet;
  readonly meetsNat: PacketSet;
  readonly invalid: PacketSet;
}

function factsOf(space: PacketSpace, { all, none, and, or, minus, anyOf, where }: PacketSets): Facts {
  const not = (set: PacketSet) => minus(all, set);
  const cell = (name: string, cellOf: (axis: Axis) => number) => {
    const level = space.levels.get(name) ?? -1;
    const axis = space.axes[level];
    const start = axis === undefined ? 0 : cellOf(axis);
    return space.store.box(new Map([[level, [{ start, end: start + 1 }]]]), all, none);
  };
  const number = (name: NumberAxisName, value: bigint) =>
    cell(name, (axis) => (axis.kind === "number" ? cellOfNumber(axis, value) : 0));
  const byLo = (kind: "in-interface" | "out-interface") => where([{ kind, negated: false, name: "lo" }]);

  const someIn = not(cell("in-interface", () => 0));
  const someOut = not(cell("out-interface", () => 0));
  const noUser = number("owner-uid", NO_OWNER);
  const noGroup = number("owner-gid", NO_OWNER);
  const noOwner = and(noUser, noGroup);
  const noPorts = and(number("source-port", 0n), number("destination-port", 0n));
  const protocol = (value: number) => number("protocol", BigInt(value));
  const withPorts = anyOf(PROTOCOLS_WITH_PORTS.map(protocol));
  const inState = (state: TrackedState) =>
    where([{ kind: "connection-state", negated: false, states: [state] }]);
  return {
    nothing: none,
    wellFormed: and(or(withPorts, noPorts), or(noOwner, and(not(noUser), not(noGroup)))),
    cameIn: and(and(someIn, not(someOut)), noOwner),
    sent: and(someOut, not(someIn)),
    someIn,
    someOut,
    noOwner,
    notByLo: not(byLo("in-interface")),
    loopbackByLo: or(not(where(worldConditions(space.family))), byLo("out-interface")),
    meetsNat: or(inState("NEW"), minus(inState("RELATED"), anyOf(ERROR_PROTOCOLS.map(protocol)))),
    invalid: inState("INVALID"),
  };
}

function knownRange(text: string): Cidr {
  const range = parseCidr(text);
  if (!range.ok) throw new Error(`${text} is not a range`);
  return range.value.cidr;
}
