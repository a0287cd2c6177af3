import assert from "node:assert/strict";
import { test } from "node:test";
import { PlanRequestSchema, PlanResponseSchema } from "../../src/gen/redirect/v1/plan_pb.ts";
import { unknownEnumNames } from "../../src/service/json-enums.ts";

function fields(message: Parameters<typeof unknownEnumNames>[0], json: unknown): readonly string[] {
  return unknownEnumNames(message, json).map(({ field }) => field);
}

test("an enum name that is not known is found at any depth, in lists, and by either name of its field", () => {
  const json = {
    plan: {
      dialect: "NONE",
      chains: [{ family: "IP_FAMILY_IPV4" }, { family: "IPX", rules: [{ origin: { kind: "?" } }] }],
    },
    findings: [{ code: "FINDING_CODE_NONE" }],
  };
  assert.deepEqual(fields(PlanResponseSchema, json), [
    "plan.dialect",
    "plan.chains[1].family",
    "plan.chains[1].rules[0].origin.kind",
    "findings[0].code",
  ]);
  assert.deepEqual(fields(PlanRequestSchema, { options: { script_format: "ZIP" } }), [
    "options.script_format",
  ]);
});

test("names that are known, numbers, null and values of another type are left to the decoder", () => {
  for (const dialect of ["DIALECT_HARDENED", 99, null, {}, []]) {
    assert.deepEqual(fields(PlanRequestSchema, { options: { dialect } }), []);
  }
  for (const json of [undefined, null, 1, "x", [], { options: [] }, { options: null }]) {
    assert.deepEqual(fields(PlanRequestSchema, json), []);
  }
});

test("values of any JSON type, as probes have them, are no enums", () => {
  const probe = { httpGet: { port: { nullValue: "http" } } };
  assert.deepEqual(
    fields(PlanRequestSchema, { pod: { spec: { containers: [{ livenessProbe: probe }] } } }),
    [],
  );
});
