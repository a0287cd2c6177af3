import assert from "node:assert/strict";
import { test } from "node:test";
import { create, fromJson, type JsonValue } from "@bufbuild/protobuf";
import { Disposition_Kind } from "../../src/gen/redirect/v1/packet_pb.ts";
import { PlanRequestSchema } from "../../src/gen/redirect/v1/plan_pb.ts";
import { Property, PropertyResult_Verdict } from "../../src/gen/redirect/v1/proof_pb.ts";
import { IpFamily } from "../../src/gen/redirect/v1/ruleset_pb.ts";
import { VerifyRequestSchema, type VerifyResponse } from "../../src/gen/redirect/v1/verify_pb.ts";
import { redirectPlanner } from "../../src/service/planner.ts";

function verify(request: JsonValue): VerifyResponse {
  return redirectPlanner.verify(fromJson(VerifyRequestSchema, request));
}

function refuted({ properties }: VerifyResponse): readonly string[] {
  return properties
    .filter(({ verdict }) => verdict === PropertyResult_Verdict.REFUTED)
    .map(({ property, family }) => {
      const name = Object.keys(Property).find((key) => Property[key as keyof typeof Property] === property);
      return `${family === IpFamily.IPV4 ? "IPv4" : "IPv6"} ${name}`;
    });
}

const EXCLUSIONS = { outboundIPRangeExclusionList: ["10.0.0.0/8"] };

/** What the engine refutes of each dialect, with the pod network excluded, and PodIP mode where the dialect has it. */
const REFUTED: Readonly<Record<string, readonly string[]>> = {
  OSM_V0_8: ["IPv4 SELF_CALL_INTERCEPTED", "IPv4 LOOPBACK_LEFT_ALONE"],
  OSM_V0_11: ["IPv4 SELF_CALL_INTERCEPTED", "IPv4 LOOPBACK_LEFT_ALONE"],
  OSM_V1_0: ["IPv4 SELF_CALL_INTERCEPTED", "IPv4 LOOPBACK_LEFT_ALONE"],
  OSM_V1_1: ["IPv4 LOOPBACK_LEFT_ALONE"],
  OSM_V1_2: ["IPv4 LOOPBACK_LEFT_ALONE", "IPv4 ADMIN_REACHABLE"],
  FSM_V1_4: ["IPv4 LOOPBACK_LEFT_ALONE", "IPv4 ADMIN_REACHABLE"],
  FSM_V1_5: ["IPv4 LOOPBACK_LEFT_ALONE", "IPv4 ADMIN_REACHABLE"],
  HARDENED: [],
};

for (const [dialect, expected] of Object.entries(REFUTED)) {
  test(`the known defects of ${dialect} are found, and no others`, () => {
    const hasPodIpMode = /V1_2|FSM|HARDENED/.test(dialect);
    const sidecar = { localProxyMode: hasPodIpMode ? "PodIP" : "Localhost" };
    const response = verify({
      intent: {
        meshConfig: { spec: { traffic: EXCLUSIONS, sidecar } },
        options: { dialect: `DIALECT_${dialect}` },
      },
    });
    assert.deepEqual(refuted(response), expected);
    assert.equal(response.holds, expected.length === 0);
    assert.deepEqual(response.notModelled, []);
  });
}

test("a dual-stack pod refutes what programs IPv4 alone, and not the hardened dialect", () => {
  const pod = { status: { podIPs: [{ ip: "10.1.0.7" }, { ip: "2001:db8::7" }] } };
  assert.deepEqual(
    refuted(verify({ intent: { pod, options: { dialect: "DIALECT_OSM_V1_1" } } })).filter((it) =>
      it.startsWith("IPv6"),
    ),
    ["IPv6 SELF_CALL_INTERCEPTED", "IPv6 OUTBOUND_INTERCEPTED", "IPv6 INBOUND_INTERCEPTED"],
  );
  assert.deepEqual(refuted(verify({ intent: { pod, options: { dialect: "DIALECT_HARDENED" } } })), []);
});

test("a counterexample has its packet, its trace and the rule that decides", () => {
  const { properties } = verify({ intent: { options: { dialect: "DIALECT_OSM_V0_11" } } });
  const selfCall = properties.find(({ property }) => property === Property.SELF_CALL_INTERCEPTED);
  const { packet, disposition, steps } = selfCall?.counterexample ?? {};
  assert.deepEqual([packet?.interface, packet?.owner?.uid], ["lo", 1500]);
  assert.equal(disposition?.kind, Disposition_Kind.UNTOUCHED);
  assert.equal(disposition?.rule, "-A PROXY_OUTPUT -m owner --uid-owner 1500 -j RETURN");
  assert.ok((steps?.length ?? 0) > 0);
  assert.match(selfCall?.packets ?? "", /^[1-9][0-9]*$/);
});

test("rules that are not the intent's are held against it, and dead rules are told with what shadows them", () => {
  const { script } = redirectPlanner.plan(create(PlanRequestSchema));
  const response = verify({
    rules: { script },
    intent: { meshConfig: { spec: { traffic: { outboundPortExclusionList: [6379] } } } },
  });
  assert.ok(refuted(response).includes("IPv4 EXCLUSIONS_LEFT_ALONE"));
  assert.deepEqual(
    response.unreachableRules.map(({ chain, ruleIndex, shadowedBy }) => [chain, ruleIndex, shadowedBy]),
    [["PROXY_REDIRECT", 1, ["-A PROXY_REDIRECT -p tcp -j REDIRECT --to-ports 15001"]]],
  );
});

test("a plan carries its proof when that is asked for, and only then", () => {
  const plan = (options: JsonValue) => redirectPlanner.plan(fromJson(PlanRequestSchema, { options }));
  assert.equal(plan({ dialect: "DIALECT_HARDENED" }).proof, undefined);
  assert.equal(plan({ dialect: "DIALECT_HARDENED", verify: true }).proof?.holds, true);
  assert.equal(plan({ verify: true }).proof?.holds, false);
  assert.equal(plan({ verify: true }).digest, plan({}).digest);
});
