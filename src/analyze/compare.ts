import type { IpFamily } from "../net/address.ts";
import { type Analysis, analysisOf, valueFor } from "./analysis.ts";
import { decisionsOf } from "./decisions.ts";
import type { Diagram } from "./diagram.ts";
import { differenceOf, effectProjection, type FateChange } from "./difference.ts";
import { examplePacket } from "./example.ts";
import { type Decision, type PodFacts, UNKNOWN_POD } from "./fate.ts";
import type { LinkedChains } from "./link.ts";
import { notModelledIn } from "./not-modelled.ts";
import type { Direction, Packet } from "./packet.ts";
import { packetCount, type Region, regionCount, regionsOf } from "./region.ts";
import { simplify } from "./simplify.ts";

/** What two sets of rules make different. */
export interface Comparison {
  /** Whether every packet of every family fares the same. */
  readonly equal: boolean;
  /** Regions of packets that are apart, the largest first of those that were looked at. */
  readonly differences: readonly Difference[];
  /** How many regions there are in all, {@link differences} or not. */
  readonly count: bigint;
  /** What the answer hangs on and is not modelled: see {@link notModelledIn}. */
  readonly notModelled: readonly string[];
}

/** Packets that fare differently, all in the same way. */
export interface Difference {
  readonly family: IpFamily;
  readonly direction: Direction;
  readonly analysis: Analysis;
  readonly region: Region<FateChange | undefined>;
  /** How many packets it has: see {@link packetCount}. */
  readonly size: bigint;
  readonly example: Packet;
  /** What becomes of the example under each set of rules, with the rule that decides. */
  readonly before: Decision;
  readonly after: Decision;
}

/** How to compare. */
export interface CompareOptions {
  /** Default: nothing is known of the pod. */
  readonly pod?: PodFacts;
  /** Whose packets are compared. Default: both. */
  readonly families?: readonly IpFamily[];
  /** How many differences to give at most. Default: 100. */
  readonly limit?: number;
  /** See `analysisOf`. */
  readonly budget?: number;
}

/** How many regions are looked at to find the largest ones, for each family and direction. */
const REGIONS_LOOKED_AT = 1_000;

/**
 * Compares what two sets of rules do to every packet that there can be.
 *
 * @throws TooComplexError when the rules interact in more ways than the budget allows.
 */
export function compareRules(
  before: LinkedChains,
  after: LinkedChains,
  { pod = UNKNOWN_POD, families = ["ipv4", "ipv6"], limit = 100, budget }: CompareOptions = {},
): Comparison {
  const differences: Difference[] = [];
  const notModelled = new Set<string>();
  let count = 0n;
  for (const family of families) {
    const analysis = analysisOf(family, [...before.all, ...after.all], [], budget);
    for (const direction of ["inbound", "outbound"] as const) {
      const from = decisionsOf(analysis, before, direction, pod);
      const to = decisionsOf(analysis, after, direction, pod);
      const effectOf = effectProjection(analysis);
      const effects = [effectOf(from), effectOf(to)] as const;
      const { space, sets, world } = analysis;
      const seen = effects.map((diagram) => simplify(space.store, sets, diagram, world.starting(direction)));
      for (const name of notModelledIn(space, seen)) notModelled.add(name);
      const difference = differenceOf(analysis, ...effects, direction);
      count += regionCount(difference, isChange);
      const regions = regionsOf(difference, isChange).take(REGIONS_LOOKED_AT);
      for (const region of regions) differences.push(differenceAt(analysis, direction, region, from, to));
    }
  }
  differences.sort((a, b) => (a.size > b.size ? -1 : a.size < b.size ? 1 : 0));
  return {
    equal: count === 0n,
    differences: differences.slice(0, limit),
    count,
    notModelled: [...notModelled].sort(),
  };
}

function isChange(change: FateChange | undefined): boolean {
  return change !== undefined;
}

function differenceAt(
  analysis: Analysis,
  direction: Direction,
  region: Region<FateChange | undefined>,
  before: Diagram<Decision>,
  after: Diagram<Decision>,
): Difference {
  const { space, sets, world } = analysis;
  const box = space.store.box(region.sides, sets.all, sets.none);
  const packets = sets.and(world.starting(direction), box);
  const example = examplePacket(space, packets, direction);
  if (example === undefined) throw new Error("a region of packets that differ has no packet");
  return {
    family: space.family,
    direction,
    analysis,
    region,
    size: packetCount(space, packets),
    example,
    before: valueFor(analysis, before, example),
    after: valueFor(analysis, after, example),
  };
}
