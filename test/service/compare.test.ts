import assert from "node:assert/strict";
import { test } from "node:test";
import { fromJson, type JsonValue, toJson } from "@bufbuild/protobuf";
import { CompareRequestSchema, type CompareResponse } from "../../src/gen/redirect/v1/compare_pb.ts";
import { PlanRequestSchema, PlanResponseSchema } from "../../src/gen/redirect/v1/plan_pb.ts";
import { redirectPlanner } from "../../src/service/planner.ts";

const MESH = { spec: { traffic: { outboundPortExclusionList: [6379] } } };

function compare(before: JsonValue, after: JsonValue): CompareResponse {
  return redirectPlanner.compare(fromJson(CompareRequestSchema, { before, after }));
}

function request(dialect: string, meshConfig: JsonValue = MESH) {
  return { request: { meshConfig, options: { dialect } } };
}

test("a request is equal to its own script, plan and saved text", () => {
  for (const dialect of ["DIALECT_OSM_V0_11", "DIALECT_OSM_V1_0", "DIALECT_OSM_V1_2", "DIALECT_FSM_V1_5"]) {
    const wanted = request(dialect);
    const response = redirectPlanner.plan(fromJson(PlanRequestSchema, wanted.request));
    const answer = toJson(PlanResponseSchema, response) as { readonly plan: JsonValue };
    const lines = response.plan?.chains.flatMap(({ rules }) => rules.map(({ text }) => text)) ?? [];
    const declared = response.plan?.chains.map(({ name, hook }) => (hook ? [] : [`:${name} - [0:0]`])) ?? [];
    const saved = ["*nat", ...declared.flat(), ...lines, "COMMIT", ""].join("\n");
    for (const source of [{ script: response.script }, { plan: answer.plan }, { iptablesSave: saved }]) {
      const { equal, differences, repairScript } = compare(source, wanted);
      assert.deepEqual(
        [equal, differences.length, repairScript],
        [true, 0, ""],
        `${dialect} ${Object.keys(source)}`,
      );
    }
  }
});

test("the order of exclusions and the spelling of ranges are no difference", () => {
  const one = request("DIALECT_OSM_V1_2", {
    spec: { traffic: { outboundIPRangeExclusionList: ["10.0.0.0/8", "2.2.2.2/24"] } },
  });
  const other = request("DIALECT_OSM_V1_2", {
    spec: { traffic: { outboundIPRangeExclusionList: ["2.2.2.0/24", "10.128.0.0/9", "10.0.0.0/9"] } },
  });
  assert.equal(compare(one, other).equal, true);
});

test("a port that is excluded now is one region, with a packet, both fates and the rules that decide", () => {
  const { equal, differences, differenceCount } = compare(
    request("DIALECT_OSM_V0_11"),
    request("DIALECT_OSM_V0_11", { spec: { traffic: { outboundPortExclusionList: [6379, 7070] } } }),
  );
  assert.deepEqual([equal, differences.length, differenceCount], [false, 1, 1]);
  const [difference] = differences;
  assert.match(difference?.region ?? "", /^outbound IPv4: .*destination port 7070/);
  assert.match(difference?.size ?? "", /^[1-9][0-9]+$/);
  assert.equal(
    difference?.before?.disposition?.rule,
    "-A PROXY_REDIRECT -p tcp -j REDIRECT --to-ports 15001",
  );
  assert.equal(
    difference?.after?.disposition?.rule,
    "-A PROXY_OUTPUT -p tcp -m multiport --dports 6379,7070 -j RETURN",
  );
  assert.equal(
    difference?.after?.disposition?.origin?.field,
    "meshConfig.spec.traffic.outboundPortExclusionList",
  );
  assert.equal(difference?.before?.packet?.destination?.port, 7070);
});

test("the way from OSM 1.2 to the hardened dialect is a script that replaces the rules at once", () => {
  const { equal, repairScript } = compare(request("DIALECT_OSM_V1_2"), request("DIALECT_HARDENED"));
  assert.equal(equal, false);
  assert.match(repairScript, /-restore -w 30 --noflush/);
});
