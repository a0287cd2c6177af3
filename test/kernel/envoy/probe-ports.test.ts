import { test } from "node:test";
import type { Dialect, Pod } from "../../../src/policy/inputs.ts";
import type { Expected } from "./cases.ts";
import { check } from "./check.ts";
import { FIRST_PROBE_PORT, POD } from "./places.ts";
import { inPodLab, type PodLab } from "./pod-lab.ts";
import { lackingForEnvoy } from "./requirements.ts";
import { ruleSet } from "./rule-sets.ts";

/** A pod whose only probe is for liveness. */
const LIVENESS_ALONE: Pod = { spec: { containers: [{ name: "app", livenessProbe: { httpGet: {} } }] } };

const BY_INBOUND: Expected = { status: undefined, hops: ["inbound"] };

/** What comes of a readiness probe that nobody asked for. */
const CASES: readonly (readonly [Dialect, string, Expected])[] = [
  ["osm-v1.2", "is open past the inbound policies", { status: 200, hops: ["readiness"] }],
  ["hardened", "is a port like any other", BY_INBOUND],
];

for (const [dialect, what, expected] of CASES) {
  test(`under ${dialect}, the port of a probe that the pod does not have ${what}`, {
    skip: lackingForEnvoy(),
  }, async () => {
    const rules = ruleSet("legacy", { pod: LIVENESS_ALONE, options: { dialect } });
    await inPodLab(rules, async (lab) => {
      await probe(lab, "liveness", FIRST_PROBE_PORT, { status: 200, hops: ["liveness"] });
      await probe(lab, "readiness", FIRST_PROBE_PORT + 1, expected);
    });
  });
}

function probe(lab: PodLab, kind: string, port: number, expected: Expected): Promise<void> {
  const path = `/osm-${kind}-probe`;
  return check(lab, { call: { by: "peer", protocol: "tcp", address: POD.ipv4, port, path }, expected });
}
