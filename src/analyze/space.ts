import { ADDRESS_BITS, type IpFamily } from "../net/address.ts";
import { type Cidr, cidrInterval } from "../net/cidr.ts";
import type { Match } from "../ruleset/rule.ts";
import { type Axis, cellCount, NO_OWNER, type NumberAxisName, numberAxis } from "./axis.ts";
import { DiagramStore } from "./diagram-store.ts";
import { interfaceCells, orderOf } from "./interface-cells.ts";
import type { TrackedState } from "./packet.ts";
import { ERROR_PROTOCOLS } from "./packet-path.ts";
import { ANY_PROTOCOL, PROTOCOLS_WITH_PORTS, protocolNumber } from "./protocol.ts";
import { TooComplexError } from "./too-complex-error.ts";

/**
 * The packets of one family, cut as finely as some conditions can tell them apart, and the diagrams over them. Only
 * those conditions, and what is built from them, can be asked of it.
 */
export interface PacketSpace {
  readonly family: IpFamily;
  /** In the order in which diagrams ask them: those with the most cells last, so that they stand once and not often. */
  readonly axes: readonly Axis[];
  /** The place of each axis, by its name; a condition that is not modelled has its text for a name. */
  readonly levels: ReadonlyMap<string, number>;
  readonly store: DiagramStore;
}

/** How many conditions that are not modelled there may be: each is a dimension, and work is nested as deep. */
export const MAX_UNKNOWN_CONDITIONS = 1_000;

/** The states of connection tracking that a packet can have, the one that meets every table first. */
const STATES: readonly TrackedState[] = ["NEW", "ESTABLISHED", "RELATED", "INVALID", "UNTRACKED"];

interface Cuts {
  readonly numbers: { readonly [name in NumberAxisName]: bigint[] };
  readonly interfaces: { readonly "in-interface": string[]; readonly "out-interface": string[] };
  readonly conditions: Set<string>;
}

/**
 * The space that `conditions` cut.
 *
 * @param budget how much work its diagrams may take before they throw TooComplexError.
 * @throws TooComplexError when there are more than {@link MAX_UNKNOWN_CONDITIONS}.
 */
export function packetSpace(family: IpFamily, conditions: Iterable<Match>, budget?: number): PacketSpace {
  const cuts: Cuts = {
    numbers: {
      protocol: [...PROTOCOLS_WITH_PORTS, ...ERROR_PROTOCOLS].flatMap((protocol) => around(protocol)),
      "owner-uid": [NO_OWNER],
      "owner-gid": [NO_OWNER],
      // Packets without ports have port 0 on both sides.
      "source-port": [1n],
      "destination-port": [1n],
      source: [],
      destination: [],
    },
    interfaces: { "in-interface": [], "out-interface": [] },
    conditions: new Set(),
  };
  for (const condition of conditions) cut(cuts, condition, family);

  if (cuts.conditions.size > MAX_UNKNOWN_CONDITIONS) {
    throw new TooComplexError("conditions that are not modelled", MAX_UNKNOWN_CONDITIONS);
  }
  const bits = BigInt(ADDRESS_BITS[family]);
  const { numbers, interfaces } = cuts;
  const axes: readonly Axis[] = [
    ...[...cuts.conditions].map((name) => ({ kind: "condition", name }) as const),
    { kind: "state", states: STATES },
    numberAxis("protocol", 256n, numbers.protocol),
    interfaceAxis("in-interface", interfaces["in-interface"]),
    interfaceAxis("out-interface", interfaces["out-interface"]),
    numberAxis("owner-uid", NO_OWNER + 1n, numbers["owner-uid"]),
    numberAxis("owner-gid", NO_OWNER + 1n, numbers["owner-gid"]),
    numberAxis("source-port", 65536n, numbers["source-port"]),
    numberAxis("destination-port", 65536n, numbers["destination-port"]),
    numberAxis("source", 1n << bits, numbers.source),
    numberAxis("destination", 1n << bits, numbers.destination),
  ];
  return {
    family,
    axes,
    levels: new Map(axes.map((axis, level) => [axisName(axis), level])),
    store: new DiagramStore(axes.map(cellCount), budget),
  };
}

/** The name of an axis: `state`, or the name that it has. */
function axisName(axis: Axis): string {
  return axis.kind === "state" ? "state" : axis.name;
}

function interfaceAxis(name: "in-interface" | "out-interface", patterns: readonly string[]): Axis {
  const cells = interfaceCells(patterns);
  return { kind: "interface", name, cells, order: orderOf(cells) };
}

function cut({ numbers, interfaces, conditions }: Cuts, match: Match, family: IpFamily): void {
  switch (match.kind) {
    case "protocol": {
      const protocol = protocolNumber(match.protocol) ?? ANY_PROTOCOL;
      if (protocol !== ANY_PROTOCOL) numbers.protocol.push(...around(protocol));
      return;
    }
    case "source":
    case "destination":
      cutAddress(numbers[match.kind], match.range, family);
      return;
    case "source-set":
    case "destination-set": {
      const cuts = numbers[match.kind === "source-set" ? "source" : "destination"];
      for (const range of match.ranges) cutAddress(cuts, range, family);
      return;
    }
    case "in-interface":
    case "out-interface":
      interfaces[match.kind].push(match.name);
      return;
    case "source-port":
    case "destination-port":
      numbers[match.kind].push(...around(match.range.first, match.range.last));
      return;
    case "source-multiport":
    case "destination-multiport": {
      const cuts = numbers[match.kind === "source-multiport" ? "source-port" : "destination-port"];
      for (const { first, last } of match.ranges) cuts.push(...around(first, last));
      return;
    }
    case "owner-uid":
    case "owner-gid":
      numbers[match.kind].push(...around(match.ids.first, match.ids.last));
      return;
    case "unknown":
      conditions.add(match.text);
      return;
    case "connection-state":
    case "comment":
  }
}

/** Where an axis has to be cut for numbers from `first` to `last`. */
function around(first: number, last: number = first): readonly bigint[] {
  return [BigInt(first), BigInt(last) + 1n];
}

function cutAddress(cuts: bigint[], range: Cidr, family: IpFamily): void {
  if (range.family !== family) return;
  const { start, end } = cidrInterval(range);
  cuts.push(start, end);
}
