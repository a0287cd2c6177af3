import assert from "node:assert/strict";
import { test } from "node:test";
import { create, fromBinary, fromJson, toBinary, toJson } from "@bufbuild/protobuf";
import { FindingCodeSchema, SeveritySchema } from "../../src/gen/redirect/v1/finding_pb.ts";
import { PlanRequestSchema, PlanResponseSchema } from "../../src/gen/redirect/v1/plan_pb.ts";
import { ContainerSchema } from "../../src/gen/redirect/v1/pod_pb.ts";
import { FINDINGS } from "../../src/policy/finding.ts";
import { DIALECTS, type PlanInput } from "../../src/policy/inputs.ts";
import { ruleText } from "../../src/render/rule-text.ts";
import { planDigest } from "../../src/service/digest.ts";
import { planResponse } from "../../src/service/plan-response.ts";
import { redirectPlanner } from "../../src/service/planner.ts";
import { provedPlan } from "../proof/proved-plan.ts";

function planned(input: PlanInput) {
  const outcome = provedPlan(input);
  assert.equal(outcome.kind, "planned");
  return outcome.plan;
}

const traffic = { outboundIpRangeExclusionList: ["10.0.0.0/8"], outboundPortExclusionList: [6379, 8080] };

test("the answer has every rule of every dialect with its text, its origins and its reason", () => {
  for (const dialect of DIALECTS.filter((name) => name !== "osm-v0.8")) {
    const plan = planned({ meshConfig: { spec: { traffic } }, options: { dialect } });
    const { chains = [] } = planResponse(plan).plan ?? {};
    assert.deepEqual(
      chains.map(({ name, rules }) => [name, rules.map(({ text, reason }) => [text, reason])]),
      plan.chains.map(({ name, rules }) => [name, rules.map((rule) => [ruleText(name, rule), rule.reason])]),
      dialect,
    );
    const rules = chains.flatMap((chain) => chain.rules);
    for (const { origin, allOrigins, target, matches, text } of rules) {
      assert.notEqual(origin?.kind ?? 0, 0, text);
      assert.notEqual(allOrigins.length, 1, text);
      assert.notEqual(target?.action.case, undefined, text);
      assert.ok(
        matches.every(({ condition }) => condition.case !== undefined && condition.case !== "other"),
        text,
      );
    }
    assert.ok(
      rules.some(({ origin }) => origin?.field.startsWith("meshConfig.spec.traffic.")),
      dialect,
    );
  }
});

test("the answer survives both encodings", () => {
  const response = planResponse(planned({ meshConfig: { spec: { traffic } } }));
  const binary = fromBinary(PlanResponseSchema, toBinary(PlanResponseSchema, response));
  const json = fromJson(PlanResponseSchema, toJson(PlanResponseSchema, response));
  assert.deepEqual(toJson(PlanResponseSchema, binary), toJson(PlanResponseSchema, response));
  assert.deepEqual(toJson(PlanResponseSchema, json), toJson(PlanResponseSchema, response));
});

test("the init container of the answer is what Kubernetes takes", () => {
  const { initContainer, script } = redirectPlanner.plan(create(PlanRequestSchema));
  assert.ok(initContainer);
  const json = toJson(ContainerSchema, initContainer) as Record<string, unknown>;
  assert.deepEqual(json["args"], ["-c", script]);
  assert.deepEqual(json["command"], ["/bin/sh"]);
  assert.deepEqual((json["securityContext"] as Record<string, unknown>)["capabilities"], {
    add: ["NET_ADMIN"],
  });
});

test("the contract has the codes and severities of the engine, and no others", () => {
  const names = FindingCodeSchema.values.filter(({ number }) => number !== 0);
  assert.deepEqual(
    names.map(({ name }) => name.replace("FINDING_CODE_", "")).toSorted(),
    Object.keys(FINDINGS).toSorted(),
  );
  assert.equal(SeveritySchema.values.length, 4);
});

test("the digest tells apart what only the borders between its parts tell apart", () => {
  const initContainer = create(ContainerSchema);
  const digests = [
    planDigest({ script: "ab", cleanupScript: "c", initContainer }),
    planDigest({ script: "a", cleanupScript: "bc", initContainer }),
    planDigest({ script: "abc", cleanupScript: "", initContainer }),
    planDigest({ script: "ab", cleanupScript: "c", initContainer: create(ContainerSchema, { image: "c" }) }),
  ];
  assert.equal(new Set(digests).size, digests.length);
  assert.match(digests[0] ?? "", /^sha256:[0-9a-f]{64}$/);
});

test("the digest is the same for the same request", () => {
  const ask = (): string => redirectPlanner.plan(create(PlanRequestSchema)).digest;
  assert.equal(ask(), ask());
});
