import { type LinkedChains, linkChains } from "./analyze/link.ts";
import { secondRun } from "./analyze/rerun.ts";
import type { UnreachableCause, UnreachableRule } from "./analyze/unreachable.ts";
import { loopbackFindings } from "./loopback-findings.ts";
import { formatAddress } from "./net/address.ts";
import { originPath } from "./origin.ts";
import { type Finding, finding } from "./policy/finding.ts";
import type { Policy } from "./policy/policy.ts";
import { proxyFindings } from "./proxy-findings.ts";
import { MAX_ARGUMENT_BYTES, MAX_SPLIT_SCRIPT_BYTES } from "./render/init-container.ts";
import { ruleText } from "./render/rule-text.ts";
import type { Transaction } from "./ruleset/operation.ts";
import type { Chain } from "./ruleset/rule.ts";

/** What findings about a plan as a whole are made from. */
export interface PlanFacts {
  readonly transactions: readonly Transaction[];
  /** Rules that no packet reaches. */
  readonly unreachable: readonly UnreachableRule[];
  /** Rules that were left out because no packet would reach them. */
  readonly removed: readonly UnreachableRule[];
  /** The chains of the plan. */
  readonly linked: LinkedChains;
  readonly form: "commands" | "restore" | "nftables";
  readonly script: string;
  /** Whether the init container gives a long script in several arguments. */
  readonly splitsScript: boolean;
  readonly policy: Policy;
}

/** What the plan as a whole does that its reader may not expect, found by looking at its rules. */
export function planFindings(facts: PlanFacts): readonly Finding[] {
  return [
    ...scriptLength(facts),
    ...leftOut(facts),
    ...facts.unreachable.map(unreachableFinding),
    ...rerun(facts),
    ...proxyFindings(facts.linked, facts.policy),
    ...loopbackFindings(facts.linked, facts.policy),
    ...ipv6Bypass(facts),
    ...backEnd(facts),
  ];
}

/** Links the chains of a dialect. @throws Error when the kernel would refuse them: a bug of the dialect. */
export function linkOwn(chains: readonly Chain[]): LinkedChains {
  const linked = linkChains(chains);
  if (!linked.ok) throw new Error(`a dialect made chains that the kernel refuses: ${linked.error.kind}`);
  return linked.value;
}

/** Scripts are ASCII, so that their length in characters is their length in bytes. */
function scriptLength({ script, splitsScript }: PlanFacts): readonly Finding[] {
  const limit = splitsScript ? MAX_SPLIT_SCRIPT_BYTES : MAX_ARGUMENT_BYTES;
  if (script.length <= limit) return [];
  const reason = splitsScript
    ? `a pod can carry ${limit} in its arguments`
    : `Linux lets one argument of a program have ${limit}`;
  return [
    finding("SCRIPT_TOO_LONG", {
      field: "",
      value: String(script.length),
      message: `The script has ${script.length} bytes; ${reason}, so the init container cannot start`,
      remedy: splitsScript
        ? "Exclude fewer or wider ranges; in the form nftables each takes less."
        : "Exclude fewer or wider ranges, or plan with the dialect hardened, which aggregates them.",
    }),
  ];
}

function leftOut({ removed }: PlanFacts): readonly Finding[] {
  const inputs = removed.flatMap(({ rule }) =>
    rule.rule.origins.filter((origin) => origin.kind !== "built-in"),
  );
  // A rule for each family may come of one input.
  const distinct = new Map(inputs.map((origin) => [originPath(origin), origin]));
  return [...distinct].map(([path, origin]) =>
    finding("INPUT_WITHOUT_EFFECT", {
      field: path,
      value: origin.value,
      message: `'${origin.value}' has no effect: no packet would reach a rule for it, so the plan has none`,
      remedy: "Take it out.",
    }),
  );
}

function unreachableFinding({ rule, cause }: UnreachableRule): Finding {
  const text = ruleText(rule.chain.name, rule.rule);
  const origin = rule.rule.origins[0];
  return finding("UNREACHABLE_RULE", {
    field: origin === undefined || origin.kind === "built-in" ? "" : originPath(origin),
    value: text,
    message: `No packet can reach '${text}': ${whyUnreachable(cause)}`,
    remedy: "Nothing to do: it has no effect. The dialect hardened has no such rules.",
  });
}

/** Why no packet reaches a rule, in words. */
export function whyUnreachable(cause: UnreachableCause): string {
  switch (cause.kind) {
    case "never-matches":
      return "none that comes to its chain meets its conditions";
    case "not-called":
      return "no rule sends a packet to its chain";
    case "shadowed": {
      const shadows = cause.by.map((by) => `'${ruleText(by.chain.name, by.rule)}'`).join(" and ");
      if (cause.complete && cause.by.length === 1) return `${shadows} takes all that it would match`;
      return `${shadows}${cause.complete ? "" : " and more"} take all that it would match`;
    }
  }
}

function rerun({ transactions, form, policy }: PlanFacts): readonly Finding[] {
  const remedy = "Plan with the dialect hardened, whose script may run any number of times.";
  const { meshVersion } = policy.profile;
  const outcome = secondRun(transactions, form);
  switch (outcome) {
    case "fails":
      return [
        finding("NOT_RERUNNABLE", {
          field: "",
          value: "",
          message: `A second run of the script of ${meshVersion} fails with 'Chain already exists', as when the init container is restarted`,
          remedy,
        }),
      ];
    case "doubles":
      return [
        finding("RERUN_DUPLICATES_RULES", {
          field: "",
          value: "",
          message: `A second run of the script of ${meshVersion} doubles its rules in the built-in chains`,
          remedy,
        }),
      ];
    case "same":
      return [];
  }
}

function backEnd({ form, policy: { profile } }: PlanFacts): readonly Finding[] {
  if (form === "nftables" || profile.knobs.has("choice of back end")) return [];
  return [
    finding("BACK_END_NOT_CHOSEN", {
      field: "",
      value: "",
      message: `The script of ${profile.meshVersion} runs whichever iptables the image has, legacy or nf_tables, and does not wait while another program changes rules`,
      remedy: "Plan with the dialect hardened, which looks at the machine and waits.",
    }),
  ];
}

function ipv6Bypass({ policy }: PlanFacts): readonly Finding[] {
  if (policy.ipFamilies !== "ipv4") return [];
  return policy.podAddresses
    .filter(({ family }) => family === "ipv6")
    .map(formatAddress)
    .map((address) =>
      finding("IPV6_BYPASSES_MESH", {
        field: "pod.status.podIPs",
        value: address,
        message: `The pod has the IPv6 address ${address}, and the plan has no IPv6 rules: its IPv6 traffic bypasses the mesh`,
        remedy: "Plan with the dialect hardened for both families.",
      }),
    );
}
