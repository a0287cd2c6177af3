import type { IpFamily } from "../net/address.ts";
import type { Match } from "../ruleset/rule.ts";
import { childAt, type Diagram, isLeaf } from "./diagram.ts";
import type { LinkedChains } from "./link.ts";
import type { Packet } from "./packet.ts";
import { cellsOf } from "./packet-cells.ts";
import { type PacketSets, packetSets } from "./packet-set.ts";
import { type PacketSpace, packetSpace } from "./space.ts";
import { worldConditions } from "./world.ts";

/** A space in which some rule sets and some further conditions can be asked and compared, and its set operations. */
export interface Analysis {
  readonly space: PacketSpace;
  readonly sets: PacketSets;
}

/**
 * Prepares the analysis of the packets of one family.
 *
 * @param conditions what is asked beside the rules' own conditions.
 * @param budget how much work may be done before what is built from it throws TooComplexError.
 */
export function analysisOf(
  family: IpFamily,
  rulesets: readonly LinkedChains[],
  conditions: readonly Match[] = [],
  budget?: number,
): Analysis {
  const own = rulesets.flatMap(({ all }) =>
    all.flatMap(({ source, rules }) =>
      source.family === family ? rules.flatMap((rule) => rule.conditions) : [],
    ),
  );
  const space = packetSpace(family, [...worldConditions(family), ...conditions, ...own], budget);
  return { space, sets: packetSets(space) };
}

/** The value of a function for a packet. */
export function valueFor<T>({ space }: Analysis, diagram: Diagram<T>, packet: Packet): T {
  const cells = cellsOf(space, packet);
  let at = diagram;
  while (!isLeaf(at)) at = childAt(at, cells[at.level] ?? 0);
  return at.value;
}
