import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { type UnreachableRule, unreachableRules } from "../analyze/unreachable.ts";
import { PlanRequestSchema } from "../gen/redirect/v1/plan_pb.ts";
import type { UnreachableRuleSchema } from "../gen/redirect/v1/proof_pb.ts";
import {
  type VerifyRequest,
  type VerifyResponse,
  VerifyResponseSchema,
} from "../gen/redirect/v1/verify_pb.ts";
import { whyUnreachable } from "../plan-findings.ts";
import { ruleText } from "../render/rule-text.ts";
import { findingMessage } from "./finding-messages.ts";
import { planOf } from "./plan-of.ts";
import { proofOf } from "./proof.ts";
import { readRules, rulesOfPlan } from "./rule-source.ts";
import { withinBudget } from "./service-error.ts";

/** Proves that rules do what is meant, or shows by a packet that they do not. @throws ServiceError */
export function verify({ rules: source, intent }: VerifyRequest): VerifyResponse {
  const plan = planOf(intent ?? create(PlanRequestSchema));
  const rules = source === undefined ? rulesOfPlan(plan, "intent") : readRules(source, "rules");
  const unreachable = withinBudget(() => unreachableRules(rules.chains));
  const { holds, properties, notModelled } = proofOf(rules, plan);
  return create(VerifyResponseSchema, {
    holds,
    properties,
    notModelled,
    unreachableRules: unreachable.map(unreachableMessage),
    findings: plan.findings.map(findingMessage),
  });
}

function unreachableMessage({
  rule,
  cause,
}: UnreachableRule): MessageInitShape<typeof UnreachableRuleSchema> {
  return {
    chain: rule.chain.name,
    ruleIndex: rule.index,
    text: ruleText(rule.chain.name, rule.rule),
    reason: whyUnreachable(cause),
    shadowedBy: cause.kind === "shadowed" ? cause.by.map((by) => ruleText(by.chain.name, by.rule)) : [],
  };
}
