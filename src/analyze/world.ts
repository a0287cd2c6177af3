/**
 * Which packets there are. A condition that holds for none of them never holds, and rules differ only by what they do to
 * them. Stated here and nowhere else:
 *
 * - A packet that comes in has no out-interface and no socket; one that a process sends has no in-interface. Either
 *   owner is there or neither (`xt_owner.c` reads both from one file).
 * - Only TCP, UDP, DCCP, SCTP and UDP-Lite have ports; port 0 stands for having none.
 * - The nat table is asked about the first packet of a connection, and not about one that met it before (`meetsNat`).
 * - Before connection tracking, all packets are INVALID to the rules.
 * - What is sent to a loopback address leaves by `lo`: the local routing table says so. A socket bound to another
 *   interface could send there by that one, to where nobody takes it; it is left out.
 */
import type { IpFamily } from "../net/address.ts";
import { intervalSet } from "../net/interval-set.ts";
import { LOOPBACK } from "../net/known-ranges.ts";
import type { Chain, Hook, Match, Table } from "../ruleset/rule.ts";
import { type Axis, cellOfNumber, NO_OWNER } from "./axis.ts";
import { interfaceCell } from "./interface-cells.ts";
import type { Direction, TrackedState } from "./packet.ts";
import { ERROR_PROTOCOLS, isBeforeTracking } from "./packet-path.ts";
import type { PacketSet, PacketSets } from "./packet-set.ts";
import { PROTOCOLS_WITH_PORTS } from "./protocol.ts";
import type { PacketSpace } from "./space.ts";

/** The conditions that a space has to be cut by for the packets there are to be told in it. */
export function worldConditions(family: IpFamily): readonly Match[] {
  return [{ kind: "destination", negated: false, range: LOOPBACK[family] }];
}

/** The packets there are, by where they are met. */
export interface World {
  /** The packets that arrive from the network, by an interface other than `lo`; or that this host sends. */
  readonly starting: (direction: Direction) => PacketSet;
  /** The packets that the nat table is asked about. */
  readonly meetingNat: PacketSet;
  /** The packets that can meet a built-in chain, whatever other tables do; none for a chain of a user. */
  readonly meeting: (chain: Chain) => PacketSet;
}

/** The world of a space that is cut by {@link worldConditions}. */
export function worldOf(space: PacketSpace, sets: PacketSets): World {
  const facts = factsOf(space, sets);
  const all = (...of: readonly PacketSet[]) => of.reduce(sets.and);
  return {
    starting: (direction) =>
      direction === "inbound"
        ? all(facts.wellFormed, facts.cameIn, facts.notByLo)
        : all(facts.wellFormed, facts.sent, facts.loopbackByLo),
    meetingNat: facts.meetsNat,
    meeting: (chain) => {
      if (chain.hook === undefined) return sets.none;
      const isNat = chain.table === "nat";
      const tracked = isNat ? facts.meetsNat : isBeforeTracking(chain) ? facts.invalid : sets.all;
      return all(tracked, facts.wellFormed, ...atHook(chain.hook, chain.table, facts));
    },
  };
}

function atHook(hook: Hook, table: Table, facts: Facts): readonly PacketSet[] {
  switch (hook) {
    case "PREROUTING":
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

function factsOf(space: PacketSpace, { all, none, and, or, where }: PacketSets): Facts {
  const { store } = space;
  const split = (
    name: string,
    cellsOn: (axis: Axis) => readonly number[],
    inside: PacketSet,
    outside: PacketSet,
  ) => {
    const level = space.levels.get(name);
    const axis = level === undefined ? undefined : space.axes[level];
    if (level === undefined || axis === undefined) throw new Error(`the space has no dimension ${name}`);
    const cells = intervalSet(cellsOn(axis).map((start) => ({ start, end: start + 1 })));
    return store.choose(level, cells, inside, outside);
  };
  const numbers = (of: readonly (number | bigint)[]) => (axis: Axis) =>
    axis.kind === "number" ? of.map((number) => cellOfNumber(axis, BigInt(number))) : [];
  const state = (name: TrackedState) => (axis: Axis) =>
    axis.kind === "state" ? [axis.states.indexOf(name)] : [];
  const nothing = () => [0];
  const lo = (axis: Axis) => (axis.kind === "interface" ? [interfaceCell(axis.cells, "lo")] : []);

  const noGroup = split("owner-gid", numbers([NO_OWNER]), all, none);
  const someGroup = split("owner-gid", numbers([NO_OWNER]), none, all);
  const noOwner = split("owner-uid", numbers([NO_OWNER]), noGroup, none);
  const bothOwnersOrNone = split("owner-uid", numbers([NO_OWNER]), noGroup, someGroup);
  const noPorts = split(
    "source-port",
    numbers([0]),
    split("destination-port", numbers([0]), all, none),
    none,
  );
  const portsWhereTheyAre = split("protocol", numbers(PROTOCOLS_WITH_PORTS), all, noPorts);
  const someIn = split("in-interface", nothing, none, all);
  const noIn = split("in-interface", nothing, all, none);
  const someOut = split("out-interface", nothing, none, all);
  const noOut = split("out-interface", nothing, all, none);
  const noError = split("protocol", numbers(ERROR_PROTOCOLS), none, all);
  const notByLo = split("in-interface", lo, none, all);
  const first = or(split("state", state("NEW"), all, none), split("state", state("RELATED"), noError, none));
  const toLoopback = where(worldConditions(space.family));
  return {
    wellFormed: and(portsWhereTheyAre, bothOwnersOrNone),
    cameIn: and(and(someIn, noOut), noOwner),
    sent: and(noIn, someOut),
    someIn,
    someOut,
    noOwner,
    notByLo,
    loopbackByLo: or(
      split("out-interface", lo, all, none),
      store.map(toLoopback, (is) => !is),
    ),
    meetsNat: and(first, notByLo),
    invalid: split("state", state("INVALID"), all, none),
  };
}
