import type { IpFamily } from "../net/address.ts";
import { type Analysis, analysisOf, valueFor } from "./analysis.ts";
import { decisionsOf } from "./decisions.ts";
import { demandsOf, type Property } from "./demand.ts";
import { effectProjection } from "./difference.ts";
import { examplePacket } from "./example.ts";
import type { Decision } from "./fate.ts";
import type { Intent } from "./intent.ts";
import { intentConditions } from "./intent-conditions.ts";
import type { LinkedChains } from "./link.ts";
import { notModelledIn } from "./not-modelled.ts";
import type { Direction, Packet } from "./packet.ts";
import { packetCount } from "./region.ts";
import { simplify } from "./simplify.ts";

/** Whether rules do what is meant. */
export interface Verification {
  /** Whether no property is refuted. */
  readonly holds: boolean;
  /** Every property once for each family of the intent, in the order of {@link PROPERTIES}. */
  readonly results: readonly PropertyResult[];
  /** What the answer hangs on and is not modelled: see `notModelledIn`. */
  readonly notModelled: readonly string[];
}

/** What is known of a property for the packets of a family. */
export interface PropertyResult {
  readonly property: Property;
  readonly family: IpFamily;
  readonly verdict: PropertyVerdict;
}

/**
 * - `proved`: it holds for every packet that it is about; `packets` is how many these are.
 * - `refuted`: it does not hold for `packets` of them, `example` among them.
 * - `not-applicable`: it is about no packet.
 */
export type PropertyVerdict =
  | { readonly kind: "proved"; readonly packets: bigint }
  | {
      readonly kind: "refuted";
      readonly packets: bigint;
      readonly example: Packet;
      /** What becomes of the example, and the rule that decides. */
      readonly decision: Decision;
    }
  | { readonly kind: "not-applicable" };

/** All properties, in the order in which they are reported. */
const PROPERTIES = [
  "proxy-not-looped",
  "self-call-intercepted",
  "outbound-intercepted",
  "inbound-intercepted",
  "exclusions-left-alone",
  "loopback-left-alone",
  "sidecar-ports-open",
  "admin-reachable",
  "others-left-alone",
] as const satisfies readonly Property[];

/**
 * Whether rules do to every packet of the intent's families what is meant, and nothing else.
 *
 * @throws TooComplexError when the rules interact in more ways than `budget` allows.
 */
export function verifyRules(chains: LinkedChains, intent: Intent, budget?: number): Verification {
  const results: PropertyResult[] = [];
  const notModelled = new Set<string>();
  for (const family of intent.families) {
    const analysis = analysisOf(family, chains.all, intentConditions(intent, family), budget);
    const found = new Map<Property, PropertyVerdict>();
    for (const direction of ["inbound", "outbound"] as const) {
      verifyDirection(analysis, chains, intent, direction, found, notModelled);
    }
    for (const property of PROPERTIES) {
      results.push({ property, family, verdict: found.get(property) ?? { kind: "not-applicable" } });
    }
  }
  return {
    holds: results.every(({ verdict }) => verdict.kind !== "refuted"),
    results,
    notModelled: [...notModelled].sort(),
  };
}

/** Adds what the packets of a direction show. */
function verifyDirection(
  analysis: Analysis,
  chains: LinkedChains,
  intent: Intent,
  direction: Direction,
  found: Map<Property, PropertyVerdict>,
  notModelled: Set<string>,
): void {
  const { space, sets, world } = analysis;
  const decisions = decisionsOf(analysis, chains, direction, { addresses: intent.podAddresses });
  const effects = effectProjection(analysis)(decisions);
  const seen = simplify(space.store, sets, effects, world.starting(direction));
  for (const name of notModelledIn(space, [seen])) notModelled.add(name);
  for (const { property, packets, isMet } of demandsOf(analysis, intent, direction)) {
    const failing = sets.and(
      packets,
      space.store.map(effects, (fate) => !isMet(fate)),
    );
    const example = examplePacket(space, failing, direction);
    const verdict: PropertyVerdict =
      example === undefined
        ? { kind: "proved", packets: packetCount(space, packets) }
        : {
            kind: "refuted",
            packets: packetCount(space, failing),
            example,
            decision: valueFor(analysis, decisions, example),
          };
    found.set(property, together(found.get(property), verdict));
  }
}

/** One verdict for several demands of a property: the first example stands. */
function together(before: PropertyVerdict | undefined, verdict: PropertyVerdict): PropertyVerdict {
  if (before === undefined || before.kind === "not-applicable") return verdict;
  if (verdict.kind === "not-applicable") return before;
  if (before.kind === verdict.kind) return { ...before, packets: before.packets + verdict.packets };
  return before.kind === "refuted" ? before : verdict;
}
