import assert from "node:assert/strict";
import { compareRules } from "../../src/analyze/compare.ts";
import type { Property } from "../../src/analyze/demand.ts";
import type { LinkedChains } from "../../src/analyze/link.ts";
import { type PropertyResult, verifyRules } from "../../src/analyze/verify.ts";
import { walk } from "../../src/analyze/walk.ts";
import { type PlanOutcome, type PodPlan, planPod } from "../../src/plan.ts";
import type { Dialect, PlanInput } from "../../src/policy/inputs.ts";
import type { Chain } from "../../src/ruleset/rule.ts";
import { readGuardedScript } from "../../src/service/guarded-script.ts";
import { intentOf } from "../../src/service/proof.ts";
import { linked } from "../analyze/linked.ts";
import { parsed } from "../parse/parsed.ts";

/**
 * The properties that plans of a dialect lack for some inputs, in the families that it programs. The golden files have
 * the packets that show it.
 */
export const DEFECTS: Readonly<Record<Dialect, readonly Property[]>> = {
  "osm-v0.8": ["self-call-intercepted", "loopback-left-alone"],
  "osm-v0.11": ["self-call-intercepted", "loopback-left-alone"],
  "osm-v1.0": ["self-call-intercepted", "loopback-left-alone"],
  "osm-v1.1": ["loopback-left-alone"],
  "osm-v1.2": ["loopback-left-alone", "admin-reachable"],
  "fsm-v1.4": ["loopback-left-alone", "admin-reachable"],
  "fsm-v1.5": ["loopback-left-alone", "admin-reachable"],
  hardened: [],
};

/** What the rules for one family lack for a pod that has an address of the other too, be it DNS queries alone. */
const WITHOUT_RULES: readonly Property[] = [
  "self-call-intercepted",
  "outbound-intercepted",
  "inbound-intercepted",
  "loopback-left-alone",
  "others-left-alone",
];

/** Plans that were proved: many tests make the same ones. */
const proved = new Set<string>();

/** Plans as `planPod` does, and proves what comes out. Tests make their plans by it. */
export function provedPlan(input: PlanInput): PlanOutcome {
  const outcome = planPod(input);
  if (outcome.kind === "planned") prove(outcome.plan);
  return outcome;
}

/**
 * Holds a plan against what its inputs mean, and its script against its chains, for every packet: nothing may be refuted
 * but the known defects of its dialect, and every counterexample must be one to the walk.
 */
export function prove(plan: PodPlan): void {
  const intent = intentOf(plan);
  const key = JSON.stringify([plan.script, intent], bigintsAsText);
  if (proved.has(key)) return;
  proved.add(key);

  const chains = linked(plan.chains);
  const { results, notModelled } = verifyRules(chains, intent);
  assert.deepEqual(notModelled, []);
  for (const result of results) checkResult(plan, chains, result);
  const pod = { addresses: intent.podAddresses };
  const { differences, notModelled: unread } = compareRules(linked(rulesOf(plan.script)), chains, { pod });
  assert.deepEqual([differences.map(({ example }) => example), unread], [[], []], plan.script);
}

function checkResult(
  { policy }: PodPlan,
  chains: LinkedChains,
  { family, property, verdict }: PropertyResult,
): void {
  if (verdict.kind !== "refuted") return;
  const { example, decision } = verdict;
  assert.deepEqual(walk(chains, example, { addresses: policy.podAddresses }).decision, decision);
  const isProgrammed = policy.ipFamilies === "dual" || policy.ipFamilies === family;
  const allowed = isProgrammed ? DEFECTS[policy.profile.dialect] : WITHOUT_RULES;
  assert.ok(allowed.includes(property), `${policy.profile.dialect} lacks ${property} for ${family}`);
}

/** The chains that a script makes in a fresh network namespace. */
function rulesOf(script: string): readonly Chain[] {
  const guarded = readGuardedScript(script);
  if (guarded !== undefined) return guarded;
  const { chains, failures } = parsed(script);
  assert.deepEqual(failures, []);
  return chains;
}

function bigintsAsText(_: string, value: unknown): unknown {
  return typeof value === "bigint" ? String(value) : value;
}
