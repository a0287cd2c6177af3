/** The engine in one call: mesh config, pod and options in; plan, script, init container and findings out. Pure. */

import { type DialectRules, rulesOf } from "./dialect/dialect.ts";
import { planFindings } from "./plan-findings.ts";
import { buildPolicy } from "./policy/build.ts";
import { podAddresses } from "./policy/check-pod.ts";
import { type Finding, refuses } from "./policy/finding.ts";
import type { PlanInput, ScriptFormat } from "./policy/inputs.ts";
import type { Policy } from "./policy/policy.ts";
import { renderCommandCleanup } from "./render/cleanup.ts";
import { renderCommands } from "./render/commands.ts";
import { type InitContainer, initContainer } from "./render/init-container.ts";
import { type Prerequisites, prerequisitesOf } from "./render/prerequisites.ts";
import { applyTransaction } from "./ruleset/apply.ts";
import type { Chain } from "./ruleset/rule.ts";

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

  const rules = rulesOf(policy.profile.dialect);
  const format = input.options?.scriptFormat ?? rules?.nativeFormat;
  const reason = inexpressible(policy, rules, format);
  if (rules === undefined || reason !== undefined) return { kind: "inexpressible", reason: reason ?? "" };

  const transactions = rules.transactions(policy);
  const chains = transactions.flatMap(applyTransaction);
  const script = renderCommands(transactions);
  const findings = [
    ...inputFindings,
    ...planFindings({
      transactions,
      format: "commands",
      script,
      policy,
      podAddresses: podAddresses(input.pod),
    }),
  ];
  if (refuses(findings, enforcement)) return { kind: "refused", findings };
  const plan: PodPlan = {
    policy,
    chains,
    script,
    cleanupScript: renderCommandCleanup(transactions),
    initContainer: initContainer(rules.initContainer, policy.initContainer, script),
    prerequisites: prerequisitesOf(chains, [{ name: "iptables", minimumVersion: "" }]),
    findings,
  };
  return { kind: "planned", plan };
}

function inexpressible(
  policy: Policy,
  rules: DialectRules | undefined,
  format: ScriptFormat | undefined,
): string | undefined {
  const { dialect, families } = policy.profile;
  if (rules === undefined) return `dialect ${dialect} is not available`;
  if (format !== rules.nativeFormat) return `dialect ${dialect} cannot be rendered as ${format}`;
  if (families === "ipv4" && policy.ipFamilies !== "ipv4") {
    return `dialect ${dialect} programs IPv4 only, and options.ipFamilies asks for ${policy.ipFamilies}`;
  }
  return undefined;
}
