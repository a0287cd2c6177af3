import assert from "node:assert/strict";
import { create } from "@bufbuild/protobuf";
import { type RuleSource, RuleSourceSchema } from "../../../src/gen/redirect/v1/explain_pb.ts";
import type { PodPlan } from "../../../src/plan.ts";
import { repair } from "../../../src/service/repair.ts";
import { readRules, rulesOfPlan } from "../../../src/service/rule-source.ts";

/** A script that takes what a kernel has to what a plan has. */
export function repairScript(live: RuleSource["source"], plan: PodPlan): string {
  const before = readRules(create(RuleSourceSchema, { source: live }), "before");
  const { script, notes } = repair(before, rulesOfPlan(plan, "after"), {
    addresses: plan.policy.podAddresses,
  });
  assert.notEqual(script, "", notes.join());
  return script;
}
