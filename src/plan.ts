/** The engine in one call: mesh config, pod and options in; plan, script, init container and findings out. Pure. */

import { rulesOf } from "./dialect/dialect.ts";
import { planFindings } from "./plan-findings.ts";
import { buildPolicy } from "./policy/build.ts";

import { type Finding, refuses } from "./policy/finding.ts";
import type { PlanInput } from "./policy/inputs.ts";
import type { Policy } from "./policy/policy.ts";
import { type InitContainer, initContainer } from "./render/init-container.ts";
import { type Prerequisites, prerequisitesOf } from "./render/prerequisites.ts";
import { guardedScript, plainScript } from "./render/script.ts";
import { applyTransaction } from "./ruleset/apply.ts";
import type { Transaction } from "./ruleset/operation.ts";
import type { Chain, Rule } from "./ruleset/rule.ts";

/** What planning gives. Never partial: an input that is refused has findings and no script. */
export type PlanOutcome =
  | { readonly kind: "planned"; readonly plan: PodPlan }
  /** At least one finding refuses the input: the caller's fault. Every finding is listed. */
  | { readonly kind: "refused"; readonly findings: readonly Finding[] }
  /** Valid input for which the asked form has no text: a combination of options. */
  | { readonly kind: "inexpressible"; readonly reason: string };

/** The plan of one pod. */
export interface PodPlan {
  readonly policy: Policy;
  /** The chains in kernel order, with the origin of each rule. */
  readonly chains: readonly Chain[];
  /** The text for `/bin/sh -c`. */
  readonly script: string;
  /** A text for `/bin/sh -c` that removes what the script added. */
  readonly cleanupScript: string;
  readonly initContainer: InitContainer;
  readonly prerequisites: Prerequisites;
  /** Warnings, infos, and the errors that enforcement lets pass, in a stable order. */
  readonly findings: readonly Finding[];
}

/**
 * Plans one pod. The same input gives the same outcome, always.
 *
 * @throws Error only on a bug of the planner.
 */
export function planPod(input: PlanInput): PlanOutcome {
  const enforcement = input.options?.enforcement ?? "strict";
  const { policy, findings: inputFindings } = buildPolicy(input);
  if (refuses(inputFindings, enforcement)) return { kind: "refused", findings: inputFindings };

  const { dialect, families, meshVersion } = policy.profile;
  if (families === "ipv4" && policy.ipFamilies !== "ipv4") {
    const reason = `${meshVersion} (dialect ${dialect}) programs IPv4 only, and options.ipFamilies asks for ${policy.ipFamilies}`;
    return { kind: "inexpressible", reason };
  }

  const rules = rulesOf(dialect);
  const form = input.options?.scriptFormat ?? rules.nativeFormat;
  const transactions = withComments(rules.transactions(policy), input.options?.ruleComments);
  const chains = transactions.flatMap(applyTransaction);
  const script =
    rules.script === "plain"
      ? plainScript(form, transactions, chains, rules.heading)
      : guardedScript(form, transactions, chains, input.options?.iptablesBackend ?? "auto");
  if (script === undefined) {
    const reason = `dialect ${dialect} changes all rules at once, which ${form} cannot; its formats are restore and nftables`;
    return { kind: "inexpressible", reason };
  }

  const { splitsScript } = rules.initContainer;
  const facts = { transactions, form, script: script.apply, splitsScript, policy };
  const findings = [...inputFindings, ...planFindings(facts)];
  if (refuses(findings, enforcement)) return { kind: "refused", findings };
  const prerequisites = prerequisitesOf(chains, form, script.tools);
  const plan: PodPlan = {
    policy,
    chains,
    script: script.apply,
    cleanupScript: script.cleanup,
    initContainer: initContainer(
      rules.initContainer,
      policy.initContainer,
      script.apply,
      prerequisites.capabilities,
    ),
    prerequisites,
    findings,
  };
  return { kind: "planned", plan };
}

/** The steps with each rule's reason as its comment, when that is asked for. */
function withComments(
  transactions: readonly Transaction[],
  wanted: boolean | undefined,
): readonly Transaction[] {
  if (wanted !== true) return transactions;
  return transactions.map((transaction) => ({
    ...transaction,
    operations: transaction.operations.map((step) =>
      step.kind === "new-chain" ? step : { ...step, rule: commented(step.rule) },
    ),
  }));
}

function commented(rule: Rule): Rule {
  return { ...rule, matches: [...rule.matches, { kind: "comment", text: rule.reason }] };
}
