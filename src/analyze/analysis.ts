import type { IpFamily } from "../net/address.ts";
import type { Match } from "../ruleset/rule.ts";
import { childAt, type Diagram, isLeaf } from "./diagram.ts";
import type { LinkedChain } from "./link.ts";
import type { Packet } from "./packet.ts";
import { cellsOf } from "./packet-cells.ts";
import { type PacketSets, packetSets } from "./packet-set.ts";
import { type PacketSpace, packetSpace } from "./space.ts";
import { type World, worldConditions, worldOf } from "./world.ts";

/** A space in which some rules and some further conditions can be asked and compared, its sets, and what there is in it. */
export interface Analysis {
  readonly space: PacketSpace;
  readonly sets: PacketSets;
  readonly world: World;
}

/**
 * Prepares the analysis of the packets of one family.
 *
 * @param conditions what is asked beside the rules' own conditions.
 * @param budget how much work may be done before what is built from it throws TooComplexError.
 */
export function analysisOf(
  family: IpFamily,
  rules: readonly LinkedChain[],
  conditions: readonly Match[] = [],
  budget?: number,
): Analysis {
  const own = rules.flatMap((chain) =>
    chain.source.family === family ? chain.rules.flatMap((rule) => rule.conditions) : [],
  );
  const space = packetSpace(family, [...worldConditions(family), ...conditions, ...own], budget);
  const sets = packetSets(space);
  return { space, sets, world: worldOf(space, sets) };
}

/** The value of a function for a packet. */
export function valueFor<T>({ space }: Analysis, diagram: Diagram<T>, packet: Packet): T {
  return valueAt(diagram, cellsOf(space, packet));
}

/** The value of a function for the packets in these cells of the axes (`cellsOf`). */
export function valueAt<T>(diagram: Diagram<T>, cells: readonly number[]): T {
  let at = diagram;
  while (!isLeaf(at)) at = childAt(at, cells[at.level] ?? 0);
  return at.value;
}
