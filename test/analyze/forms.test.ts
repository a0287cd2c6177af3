import assert from "node:assert/strict";
import { test } from "node:test";
import { compareRules } from "../../src/analyze/compare.ts";
import { parseRules } from "../../src/parse/rules.ts";
import { DIALECTS, type MeshConfig, SCRIPT_FORMATS } from "../../src/policy/inputs.ts";
import { withSets } from "../../src/render/nft-compact.ts";
import { withoutNegatedOwners } from "../../src/render/nft-owner.ts";
import { provedPlan } from "../proof/proved-plan.ts";
import { linked } from "./linked.ts";

const MESH_CONFIGS: readonly MeshConfig[] = [
  {},
  { spec: { traffic: { outboundIpRangeExclusionList: ["10.0.0.0/8", "10.1.2.3/16", "192.0.2.0/25"] } } },
  {
    spec: {
      traffic: {
        outboundIpRangeExclusionList: ["10.0.0.0/8"],
        outboundIpRangeInclusionList: ["10.0.0.0/7", "203.0.113.0/24"],
        outboundPortExclusionList: [80, 6379],
        inboundPortExclusionList: [8081],
        networkInterfaceExclusionList: ["eth1", "net+"],
      },
      sidecar: { localProxyMode: "PodIP", localDnsProxy: { enable: true } },
    },
  },
];

/** The hardened dialect's shell form looks at the machine that it runs on: what it does there is no matter of its text. */
for (const dialect of DIALECTS.filter((name) => name !== "hardened")) {
  test(`every shell form of a plan of ${dialect} decides as the plan does, for every packet`, () => {
    let proved = 0;
    for (const meshConfig of MESH_CONFIGS) {
      for (const scriptFormat of SCRIPT_FORMATS) {
        const outcome = provedPlan({ meshConfig, options: { dialect, scriptFormat, enforcement: "report" } });
        if (outcome.kind !== "planned") continue;
        const rules = parseRules(outcome.plan.script);
        assert.ok(rules.ok, scriptFormat);
        assert.deepEqual(rules.value.failures, []);
        const { equal, differences, notModelled } = compareRules(
          linked(outcome.plan.chains),
          linked(rules.value.chains),
        );
        assert.ok(
          equal,
          JSON.stringify(differences[0]?.example, (_, value) =>
            typeof value === "bigint" ? String(value) : value,
          ),
        );
        assert.deepEqual(notModelled, []);
        proved++;
      }
    }
    assert.ok(proved >= SCRIPT_FORMATS.length, `${proved} forms`);
  });
}

for (const dialect of DIALECTS) {
  test(`what nftables says in other rules and in sets decides as the plan of ${dialect} does, for every packet`, () => {
    for (const meshConfig of MESH_CONFIGS) {
      const outcome = provedPlan({ meshConfig, options: { dialect, enforcement: "report" } });
      if (outcome.kind !== "planned") throw new Error(outcome.kind);
      const { chains } = outcome.plan;
      const rewritten = withoutNegatedOwners(chains).map(withSets);
      const owners = rewritten.flatMap(({ rules }) => rules.flatMap(({ matches }) => matches));
      assert.ok(owners.every((match) => match.kind !== "owner-uid" || !match.negated));
      assert.equal(compareRules(linked(chains), linked(rewritten)).equal, true);
    }
  });
}
