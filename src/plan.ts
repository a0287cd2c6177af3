/** The engine in one call: mesh config, pod and options in; plan, script, init container and findings out. Pure. */

import { LRUCache } from "lru-cache";
import type { LinkedChains } from "./analyze/link.ts";
import { prune } from "./analyze/prune.ts";
import { TooComplexError } from "./analyze/too-complex-error.ts";
import { type UnreachableRule, unreachableRules } from "./analyze/unreachable.ts";
import { type DialectRules, rulesOf } from "./dialect/dialect.ts";
import { linkOwn, planFindings } from "./plan-findings.ts";
import { buildPolicy } from "./policy/build.ts";
import { unknownOptions } from "./policy/check-options.ts";
import { checkPod } from "./policy/check-pod.ts";
import { type Finding, refuses } from "./policy/finding.ts";
import {
  DEFAULT_DIALECT,
  type MeshConfig,
  type PlanInput,
  type PlanOptions,
  type Pod,
} from "./policy/inputs.ts";
import type { Policy } from "./policy/policy.ts";
import { policyKey } from "./policy/policy-key.ts";
import { profileOf } from "./policy/profile.ts";
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

/** Plans pods under one mesh config and the same options. */
export interface Planner {
  /**
   * Plans one pod. The same pod gives the same outcome, always.
   *
   * @throws Error only on a bug of the planner.
   */
  plan(pod?: Pod): PlanOutcome;
}

/** Where planners keep the rules of the policies that they have met, within bounds. */
export interface PlanMemory {
  /** A name for a planner that no other planner of the memory has. */
  readonly nextOwner: () => string;
  readonly policies: LRUCache<string, RenderedPolicy>;
}

/** Most policies whose rules are kept. Pods with the same annotations share one. */
const KEPT_POLICIES = 256;

/** Most characters of scripts, annotations and findings that are kept. */
const KEPT_CHARACTERS = 8_000_000;

/** What a finding counts for, about the length of its texts. */
const FINDING_CHARACTERS = 500;

/** A memory with nothing in it. */
export function createPlanMemory(): PlanMemory {
  let owners = 0;
  return {
    nextOwner: () => `${owners++} `,
    policies: new LRUCache({
      max: KEPT_POLICIES,
      maxSize: KEPT_CHARACTERS,
      sizeCalculation: ({ plan, planFindings }, key) =>
        key.length + plan.script.length + (plan.findings.length + planFindings.length) * FINDING_CHARACTERS,
    }),
  };
}

/**
 * A planner that reads the mesh config once and keeps the rules of the policies it has met. None of its arguments may
 * change while it is in use.
 *
 * @param memory Default: one of its own. Planners that share one share its bounds, and nothing else.
 */
export function createPlanner(
  meshConfig: MeshConfig,
  options: PlanOptions = {},
  memory: PlanMemory = createPlanMemory(),
): Planner {
  const unknown = unknownOptions(options);
  if (unknown.length > 0) return { plan: () => ({ kind: "refused", findings: unknown }) };
  const profile = profileOf(options.dialect ?? DEFAULT_DIALECT);
  const owner = memory.nextOwner();
  return {
    plan(pod) {
      const key = owner + policyKey(pod, profile, options);
      const known = memory.policies.get(key);
      if (known !== undefined) return complete(known, pod, options);
      const rendered = render({ meshConfig, options, pod });
      // What is refused has no script to save the work of, and as many findings as a pod's author likes.
      if (rendered.kind === "rendered") memory.policies.set(key, rendered);
      return complete(rendered, pod, options);
    },
  };
}

/** Plans one pod, as a planner made for it would. */
export function planPod(input: PlanInput): PlanOutcome {
  const unknown = unknownOptions(input.options ?? {});
  if (unknown.length > 0) return { kind: "refused", findings: unknown };
  return complete(render(input), input.pod, input.options ?? {});
}

/** What pods of one policy share: all but the findings about the pod itself. */
type Rendered =
  | RenderedPolicy
  | {
      readonly kind: "inexpressible";
      readonly reason: string;
      readonly plan: Pick<PodPlan, "policy" | "findings">;
    }
  | { readonly kind: "refused"; readonly plan: Pick<PodPlan, "policy" | "findings"> };

interface RenderedPolicy {
  readonly kind: "rendered";
  readonly plan: PodPlan;
  readonly planFindings: readonly Finding[];
}

/** More are of one pod alone, and there may be as many as its author likes: they are not kept. */
const MOST_SHARED_FINDINGS = 16;

/** What became of the last pod that had a policy, under the options of one planner. */
const lastOutcomes = new WeakMap<
  Rendered,
  { readonly about: readonly Finding[]; readonly outcome: PlanOutcome }
>();

/** Pods of one policy that have nothing else about them get the same outcome, and who encodes it finds it encoded. */
function complete(rendered: Rendered, pod: Pod | undefined, options: PlanOptions): PlanOutcome {
  const about = checkPod(pod, rendered.plan.policy, options);
  const last = lastOutcomes.get(rendered);
  if (last !== undefined && areSame(last.about, about)) return last.outcome;
  const outcome = outcomeOf(rendered, about, options);
  if (about.length <= MOST_SHARED_FINDINGS) lastOutcomes.set(rendered, { about, outcome });
  return outcome;
}

/** Findings that most pods share are the same objects. */
function areSame(findings: readonly Finding[], others: readonly Finding[]): boolean {
  return findings.length === others.length && findings.every((finding, index) => finding === others[index]);
}

function outcomeOf(rendered: Rendered, about: readonly Finding[], options: PlanOptions): PlanOutcome {
  const { plan } = rendered;
  const late = rendered.kind === "rendered" ? rendered.planFindings : [];
  const findings = [...plan.findings, ...about, ...late];
  if (refuses(findings, options.enforcement ?? "strict")) return { kind: "refused", findings };
  switch (rendered.kind) {
    case "rendered":
      return { kind: "planned", plan: { ...rendered.plan, findings } };
    case "inexpressible":
      return { kind: "inexpressible", reason: rendered.reason };
    case "refused":
      throw new Error("a policy that was refused by itself is refused with any pod");
  }
}

function render(input: PlanInput): Rendered {
  const options = input.options ?? {};
  const { policy, findings } = buildPolicy(input);
  if (refuses(findings, options.enforcement ?? "strict"))
    return { kind: "refused", plan: { policy, findings } };
  const { dialect, families, meshVersion } = policy.profile;
  if (families === "ipv4" && policy.ipFamilies !== "ipv4") {
    const reason = `${meshVersion} (dialect ${dialect}) programs IPv4 only, and options.ipFamilies asks for ${policy.ipFamilies}`;
    return { kind: "inexpressible", reason, plan: { policy, findings } };
  }

  const rules = rulesOf(dialect);
  const form = options.scriptFormat ?? rules.nativeFormat;
  const { transactions, chains, linked, unreachable, removed } = stepsOf(rules, policy);
  const script =
    rules.script === "plain"
      ? plainScript(form, transactions, chains, rules)
      : guardedScript(form, transactions, chains, policy.iptablesBackend ?? "auto");
  if (script === undefined) {
    const reason = `dialect ${dialect} changes all rules at once, which ${form} cannot; its formats are restore and nftables`;
    return { kind: "inexpressible", reason, plan: { policy, findings } };
  }

  const prerequisites = prerequisitesOf(chains, form, script);
  const { initContainer: shape } = rules;
  const { splitsScript } = shape;
  return {
    kind: "rendered",
    plan: {
      policy,
      chains,
      script: script.apply,
      cleanupScript: script.cleanup,
      initContainer: initContainer(shape, policy.initContainer, script.apply, prerequisites.capabilities),
      prerequisites,
      findings,
    },
    planFindings: planFindings({
      transactions,
      unreachable,
      removed,
      linked,
      form,
      script: script.apply,
      splitsScript,
      policy,
    }),
  };
}

/** The steps of a dialect, the chains that they make, and the rules of these that no packet reaches. */
interface Steps {
  readonly transactions: readonly Transaction[];
  readonly chains: readonly Chain[];
  readonly linked: LinkedChains;
  readonly unreachable: readonly UnreachableRule[];
  /** Such rules that were left out: a guarded script has none of them. */
  readonly removed: readonly UnreachableRule[];
}

function stepsOf(rules: DialectRules, policy: Policy): Steps {
  const transactions = withComments(rules.transactions(policy), policy.ruleComments);
  const chains = transactions.flatMap(applyTransaction);
  const linked = linkOwn(chains);
  const unreachable = unreachableIn(linked);
  if (rules.script === "plain" || unreachable.length === 0) {
    return { transactions, chains, linked, unreachable, removed: [] };
  }
  const pruned = prune(transactions, unreachable);
  const left = pruned.flatMap(applyTransaction);
  return {
    transactions: pruned,
    chains: left,
    linked: linkOwn(left),
    unreachable: [],
    removed: unreachable,
  };
}

/** How much work it may be to find unreachable rules: enough for the longest list of ranges that are apart. */
const UNREACHABLE_BUDGET = 3_000_000;

/**
 * The rules that no packet reaches. Of lists that cross each other in too many ways none is named: the plan is right
 * without knowing.
 */
function unreachableIn(chains: LinkedChains): readonly UnreachableRule[] {
  try {
    return unreachableRules(chains, UNREACHABLE_BUDGET);
  } catch (error) {
    if (error instanceof TooComplexError) return [];
    throw error;
  }
}

/** The steps with each rule's reason as its comment, when that is asked for. */
function withComments(transactions: readonly Transaction[], wanted: boolean): readonly Transaction[] {
  if (!wanted) return transactions;
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
