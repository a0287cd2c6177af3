import assert from "node:assert/strict";
import { test } from "node:test";
import type { Dialect } from "../../../src/policy/inputs.ts";
import type { Listener } from "./bootstrap.ts";
import { check } from "./check.ts";
import { OWN_SERVICE, OWN_SERVICE_PORT } from "./places.ts";
import { inPodLab } from "./pod-lab.ts";
import { lackingForEnvoy } from "./requirements.ts";
import { ruleSet } from "./rule-sets.ts";

/** The listeners that a self-call goes through when an exclusion covers the pod's own address. */
const CASES: readonly (readonly [Dialect, readonly Listener[]])[] = [
  ["osm-v1.0", ["outbound"]],
  ["osm-v1.2", ["outbound", "inbound"]],
  ["hardened", ["outbound", "inbound"]],
];

for (const [dialect, hops] of CASES) {
  test(`under an exclusion of the pod network, ${dialect} takes a self-call through ${hops.join(" and ")}`, {
    skip: lackingForEnvoy(),
  }, async () => {
    const rules = ruleSet("nf_tables", {
      meshConfig: { spec: { traffic: { outboundIpRangeExclusionList: ["192.0.2.0/24"] } } },
      options: { dialect },
    });
    const warned = rules.plan.findings.some(({ code }) => code === "SELF_CALL_BYPASSES_PROXY");
    assert.equal(warned, !hops.includes("inbound"));
    await inPodLab(rules, (lab) =>
      check(lab, {
        call: { by: "app", protocol: "tcp", address: OWN_SERVICE.ipv4, port: OWN_SERVICE_PORT },
        expected: { status: 200, hops },
      }),
    );
  });
}
