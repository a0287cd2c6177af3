import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { DIALECTS, type PlanInput } from "../../src/policy/inputs.ts";
import { ruleText } from "../../src/render/rule-text.ts";
import { provedPlan } from "../proof/proved-plan.ts";
import { rule } from "./arbitraries.ts";
import { lines, parsed } from "./parsed.ts";

test("a rule that is written as iptables-save prints it is read as the same rule", () => {
  for (const family of ["ipv4", "ipv6"] as const) {
    const property = fc.property(fc.array(rule(family), { maxLength: 8 }), (rules) => {
      const text = ["*nat", ":X - [0:0]", ...rules.map((one) => ruleText("OUTPUT", one)), "COMMIT"].join(
        "\n",
      );
      const { chains } = parsed(text, { family });
      assert.deepEqual(chains.find(({ name }) => name === "OUTPUT")?.rules ?? [], rules);
    });
    fc.assert(property, { numRuns: 1000 });
  }
});

const INPUTS: readonly PlanInput[] = [
  {},
  {
    meshConfig: {
      spec: {
        traffic: {
          outboundIpRangeExclusionList: ["1.1.1.1/32", "2.2.2.2/24", "0.0.0.0/0"],
          outboundIpRangeInclusionList: ["10.0.0.0/8"],
          outboundPortExclusionList: [6379, 7070],
          inboundPortExclusionList: [1, 65535],
          networkInterfaceExclusionList: ["net1", "net+"],
        },
        sidecar: { localProxyMode: "PodIP", localDnsProxy: { enable: true } },
      },
    },
  },
];

test("a script says the plan's chains, and its cleanup takes them away", () => {
  let scripts = 0;
  for (const dialect of DIALECTS.filter((name) => name !== "hardened")) {
    for (const scriptFormat of ["commands", "restore"] as const) {
      for (const input of INPUTS) {
        const options = { dialect, scriptFormat, enforcement: "report" } as const;
        const outcome = provedPlan({ ...input, options });
        if (outcome.kind !== "planned") throw new Error(`${dialect} ${scriptFormat} ${outcome.kind}`);
        const { chains, script, cleanupScript } = outcome.plan;
        const read = parsed(script);
        assert.deepEqual(read.failures, []);
        assert.deepEqual(lines(read.chains), lines(chains));
        const cleaned = parsed(cleanupScript, { state: read.chains });
        assert.deepEqual([cleaned.failures, cleaned.chains], [[], []]);
        scripts++;
      }
    }
  }
  assert.equal(scripts, 28);
});

test("a second run of a script fails or doubles, as its findings say", () => {
  for (const dialect of DIALECTS.filter((name) => name !== "hardened")) {
    for (const scriptFormat of ["commands", "restore"] as const) {
      const outcome = provedPlan({ options: { dialect, scriptFormat } });
      if (outcome.kind !== "planned") throw new Error(outcome.kind);
      const { script, findings } = outcome.plan;
      const first = parsed(script);
      const second = parsed(script, { state: first.chains });
      const has = (code: string) => findings.some((finding) => finding.code === code);
      assert.equal(second.failures.length > 0, has("NOT_RERUNNABLE"), dialect);
      const doubled = lines(second.chains).length > lines(first.chains).length;
      assert.equal(doubled, has("RERUN_DUPLICATES_RULES"), dialect);
    }
  }
});
