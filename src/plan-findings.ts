import { secondRun } from "./analyze/rerun.ts";
import { formatAddress } from "./net/address.ts";
import { type Finding, finding } from "./policy/finding.ts";
import type { Policy } from "./policy/policy.ts";
import { MAX_ARGUMENT_BYTES, MAX_SPLIT_SCRIPT_BYTES } from "./render/init-container.ts";
import type { Transaction } from "./ruleset/operation.ts";

/** What findings about a plan as a whole are made from. */
export interface PlanFacts {
  readonly transactions: readonly Transaction[];
  readonly form: "commands" | "restore" | "nftables";
  readonly script: string;
  /** Whether the init container gives a long script in several arguments. */
  readonly splitsScript: boolean;
  readonly policy: Policy;
}

/** What the plan as a whole does that its reader may not expect, found by looking at its rules. */
export function planFindings(facts: PlanFacts): readonly Finding[] {
  return [...scriptLength(facts), ...rerun(facts), ...ipv6Bypass(facts)];
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
      remedy: "Exclude fewer or wider ranges, or plan with the dialect hardened, which aggregates them.",
    }),
  ];
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
