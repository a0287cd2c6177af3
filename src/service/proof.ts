import { create, type MessageInitShape } from "@bufbuild/protobuf";
import type { Property } from "../analyze/demand.ts";
import type { Intent } from "../analyze/intent.ts";
import { type PropertyResult, verifyRules } from "../analyze/verify.ts";
import { walk } from "../analyze/walk.ts";
import {
  type Proof,
  ProofSchema,
  Property as PropertyNumber,
  PropertyResult_Verdict,
  type PropertyResultSchema,
} from "../gen/redirect/v1/proof_pb.ts";
import type { IpFamily } from "../net/address.ts";
import type { PodPlan } from "../plan.ts";
import { policyIntent } from "../policy-intent.ts";
import type { Rules } from "./rule-source.ts";
import { familyMessage } from "./ruleset-messages.ts";
import { withinBudget } from "./service-error.ts";
import { traceMessage } from "./trace-messages.ts";

/**
 * What is known of rules, held against what a plan's request means: for every family that its pod has an address of,
 * whatever its dialect programs.
 *
 * @throws ServiceError when the rules are too complex.
 */
export function proofOf(rules: Rules, plan: PodPlan): Proof {
  const intent = intentOf(plan);
  const { holds, results, notModelled } = withinBudget(() => verifyRules(rules.chains, intent));
  return create(ProofSchema, {
    holds,
    properties: results.map((result) => resultMessage(result, rules, intent)),
    notModelled: [...notModelled, ...rules.missing],
  });
}

/** What is meant for the pod: for every family that it has an address of, whatever the dialect programs. */
export function intentOf({ policy }: PodPlan): Intent {
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
  "loopback-left-alone":
    "what the app sends inside its pod, and what the proxy sends to loopback, is left alone",
  "sidecar-ports-open": "the ports that the sidecar serves to the network are reached",
  "admin-reachable": "the proxy reaches its own admin port",
  "others-left-alone": "everything else is left alone",
};

function resultMessage(
  { property, family, verdict }: PropertyResult,
  { chains }: Rules,
  { podAddresses }: Intent,
): MessageInitShape<typeof PropertyResultSchema> {
  const key = { property: NUMBERS[property], family: familyMessage(family) };
  const isAnyPod = property === "self-call-intercepted" && podAddresses.length === 0;
  const about = isAnyPod ? `${WORDS[property]} (whose address is not known: any may be)` : WORDS[property];
  const words = `${family === "ipv4" ? "IPv4" : "IPv6"}: ${about}`;
  switch (verdict.kind) {
    case "proved":
      return {
        ...key,
        verdict: PropertyResult_Verdict.PROVED,
        description: words,
        packets: String(verdict.packets),
      };
    case "refuted": {
      const { example, packets } = verdict;
      const trace = walk(chains, example, { addresses: podAddresses });
      return {
        ...key,
        verdict: PropertyResult_Verdict.REFUTED,
        description: `${words}: not so for the packet of the counterexample`,
        counterexample: traceMessage(example, trace),
        packets: String(packets),
      };
    }
    case "not-applicable":
      return {
        ...key,
        verdict: PropertyResult_Verdict.NOT_APPLICABLE,
        description: `${words}: there is no such packet`,
      };
  }
}
