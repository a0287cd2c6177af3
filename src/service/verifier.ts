import { create, type MessageInitShape } from "@bufbuild/protobuf";
import type { Property } from "../analyze/demand.ts";
import type { Intent } from "../analyze/intent.ts";
import { TooComplexError } from "../analyze/too-complex-error.ts";
import { type UnreachableRule, unreachableRules } from "../analyze/unreachable.ts";
import { type PropertyResult, verifyRules } from "../analyze/verify.ts";
import { walk } from "../analyze/walk.ts";
import { PlanRequestSchema } from "../gen/redirect/v1/plan_pb.ts";
import {
  Property as PropertyNumber,
  PropertyResult_Verdict,
  type PropertyResultSchema,
  type UnreachableRuleSchema,
  type VerifyRequest,
  type VerifyResponse,
  VerifyResponseSchema,
} from "../gen/redirect/v1/verify_pb.ts";
import type { IpFamily } from "../net/address.ts";
import type { PodPlan } from "../plan.ts";
import { whyUnreachable } from "../plan-findings.ts";
import { policyIntent } from "../policy-intent.ts";
import { ruleText } from "../render/rule-text.ts";
import { findingMessage } from "./finding-messages.ts";
import { planOf } from "./plan-of.ts";
import { type Rules, readRules, rulesOfPlan } from "./rule-source.ts";
import { familyMessage } from "./ruleset-messages.ts";
import { tooComplex } from "./service-error.ts";
import { traceMessage } from "./trace-messages.ts";

/** Proves that rules do what is meant, or shows by a packet that they do not. @throws ServiceError */
export function verify({ rules: source, intent: wanted }: VerifyRequest): VerifyResponse {
  const plan = planOf(wanted ?? create(PlanRequestSchema));
  const rules = source === undefined ? rulesOfPlan(plan, "intent") : readRules(source, "rules");
  const intent = intentOf(plan);
  try {
    const { holds, results, notModelled } = verifyRules(rules.chains, intent);
    return create(VerifyResponseSchema, {
      holds,
      properties: results.map((result) => resultMessage(result, rules, intent)),
      unreachableRules: unreachableRules(rules.chains).map(unreachableMessage),
      findings: plan.findings.map(findingMessage),
      notModelled: [...notModelled],
    });
  } catch (error) {
    if (error instanceof TooComplexError) throw tooComplex(error.message);
    throw error;
  }
}

/** What is meant for the pod: for every family that it has an address of, whatever the dialect programs. */
function intentOf({ policy }: PodPlan): Intent {
  const intent = policyIntent(policy);
  const families = new Set([...intent.families, ...policy.podAddresses.map(({ family }) => family)]);
  return { ...intent, families: FAMILIES.filter((family) => families.has(family)) };
}

const FAMILIES: readonly IpFamily[] = ["ipv4", "ipv6"];

const NUMBERS: Readonly<Record<Property, PropertyNumber>> = {
  "proxy-not-looped": PropertyNumber.PROXY_NOT_LOOPED,
  "self-call-intercepted": PropertyNumber.SELF_CALL_INTERCEPTED,
  "outbound-intercepted": PropertyNumber.OUTBOUND_INTERCEPTED,
  "inbound-intercepted": PropertyNumber.INBOUND_INTERCEPTED,
  "exclusions-left-alone": PropertyNumber.EXCLUSIONS_LEFT_ALONE,
  "loopback-left-alone": PropertyNumber.LOOPBACK_LEFT_ALONE,
  "sidecar-ports-open": PropertyNumber.SIDECAR_PORTS_OPEN,
  "admin-reachable": PropertyNumber.ADMIN_REACHABLE,
  "others-left-alone": PropertyNumber.OTHERS_LEFT_ALONE,
};

/** Each property in words. */
const WORDS: Readonly<Record<Property, string>> = {
  "proxy-not-looped": "what the proxy sends out of its pod never comes to its own outbound listener",
  "self-call-intercepted":
    "what the proxy sends to its own pod, loopback apart, goes to the inbound listener",
  "outbound-intercepted": "outbound TCP of the app that is not excluded goes to the outbound listener",
  "inbound-intercepted": "inbound TCP that is not excluded goes to the inbound listener",
  "exclusions-left-alone": "what is excluded is left alone",
  "loopback-left-alone": "what the app sends inside its pod is left alone",
  "sidecar-ports-open": "the ports that the sidecar serves to the network are reached",
  "admin-reachable": "the proxy reaches its own admin port",
  "others-left-alone": "everything else is left alone",
};

function resultMessage(
  { property, family, verdict }: PropertyResult,
  { chains }: Rules,
  { podAddresses }: Intent,
): MessageInitShape<typeof PropertyResultSchema> {
  const about = { property: NUMBERS[property], family: familyMessage(family) };
  const words = `${family === "ipv4" ? "IPv4" : "IPv6"}: ${WORDS[property]}`;
  switch (verdict.kind) {
    case "proved":
      return {
        ...about,
        verdict: PropertyResult_Verdict.PROVED,
        description: words,
        packets: String(verdict.packets),
      };
    case "refuted": {
      const { example, packets } = verdict;
      const trace = walk(chains, example, { addresses: podAddresses });
      return {
        ...about,
        verdict: PropertyResult_Verdict.REFUTED,
        description: `${words}: not so for the packet of the counterexample`,
        counterexample: traceMessage(example, trace),
        packets: String(packets),
      };
    }
    case "not-applicable":
      return {
        ...about,
        verdict: PropertyResult_Verdict.NOT_APPLICABLE,
        description: `${words}: there is no such packet`,
      };
  }
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
