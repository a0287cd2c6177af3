import { type PropertyResult, verifyRules } from "../../src/analyze/verify.ts";
import { formatAddress } from "../../src/net/address.ts";
import type { PodPlan } from "../../src/plan.ts";
import type { Chain } from "../../src/ruleset/rule.ts";
import { intentOf } from "../../src/service/proof.ts";
import { linked, text } from "../analyze/linked.ts";

/** The properties that a plan, or other rules in its place, does not have, each with a packet that shows it and its end. */
export function refutations(plan: PodPlan, rules: readonly Chain[] = plan.chains): readonly string[] {
  return verifyRules(linked(rules), intentOf(plan)).results.flatMap(refutation);
}

function refutation({ property, family, verdict }: PropertyResult): readonly string[] {
  if (verdict.kind !== "refuted") return [];
  const { example, decision } = verdict;
  const { fate, by } = decision;
  const way = example.direction === "inbound" ? "in" : `uid ${example.owner?.uid ?? "none"}`;
  const address = formatAddress({ family, value: example.destination.address });
  const to = `${family === "ipv4" ? address : `[${address}]`}:${example.destination.port}`;
  const end =
    fate.kind === "redirected"
      ? `redirected ${fate.port}`
      : fate.kind === "dnat"
        ? `dnat ${fate.address}`
        : fate.kind;
  return [
    `${property}: ${way} ${example.interface} -> ${to} is ${end}${by === undefined ? "" : ` by ${text(by)}`}`,
  ];
}
