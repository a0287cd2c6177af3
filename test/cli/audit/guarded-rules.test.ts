import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { compareRules } from "../../../src/analyze/compare.ts";
import { linkChains } from "../../../src/analyze/link.ts";
import { guardedRules } from "../../../src/cli/audit/guarded-rules.ts";
import { type PodPlan, planPod } from "../../../src/plan.ts";
import type { MeshConfig } from "../../../src/policy/inputs.ts";
import type { Chain } from "../../../src/ruleset/rule.ts";

function hardened(traffic: NonNullable<NonNullable<MeshConfig["spec"]>["traffic"]>): PodPlan {
  const outcome = planPod({ meshConfig: { spec: { traffic } }, options: { dialect: "hardened" } });
  assert.ok(outcome.kind === "planned");
  return outcome.plan;
}

function linked(chains: readonly Chain[] | undefined) {
  const result = linkChains(chains ?? assert.fail("no chains"));
  assert.ok(result.ok);
  return result.value;
}

const OURS = hardened({});
const EXCLUDED = hardened({
  outboundPortExclusionList: [6379],
  outboundIpRangeExclusionList: ["10.0.0.0/8"],
});

describe("the rules of a hardened script", () => {
  it("are those of its plan, for each family", () => {
    for (const plan of [OURS, EXCLUDED]) {
      const read = linked(guardedRules(plan.script, OURS.script));
      assert.ok(compareRules(read, linked(plan.chains)).equal);
    }
    const [read, ours] = [guardedRules(EXCLUDED.script, OURS.script), OURS.chains].map(linked);
    assert.ok(read !== undefined && ours !== undefined && !compareRules(read, ours).equal);
  });

  const hostile: readonly [string, string][] = [
    ["does more in front", OURS.script.replace("set -euf", "set -euf\niptables -t nat -F")],
    ["does more behind", `${OURS.script}iptables -t nat -F\n`],
    ["ends a document early", OURS.script.replace("\nCOMMIT\n", "\nCOMMIT\nEND\niptables -F\ncat <<'END'\n")],
    ["expands its documents", OURS.script.replace("cat <<'END'", "cat <<END")],
    [
      "has something else than rules in a document",
      OURS.script.replace("\nCOMMIT\n", "\nrm -rf /\nCOMMIT\n"),
    ],
    ["leaves a document open", OURS.script.replace("\nCOMMIT\n", "\n")],
    ["adds another jump", OURS.script.replace("add_rule '-A OUTPUT", "add_rule '-A INPUT")],
    ["is none", ""],
  ];
  for (const [what, script] of hostile) {
    it(`are not told of one that ${what}`, () => {
      assert.notEqual(script, OURS.script);
      assert.equal(guardedRules(script, OURS.script), undefined);
    });
  }

  it("are not told where a plan is no guarded script", () => {
    assert.equal(guardedRules("iptables -F", "iptables -F"), undefined);
  });
});
