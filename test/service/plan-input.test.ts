import assert from "node:assert/strict";
import { test } from "node:test";
import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { type Dialect, PlanOptionsSchema, PlanRequestSchema } from "../../src/gen/redirect/v1/plan_pb.ts";
import { DIALECTS } from "../../src/policy/inputs.ts";
import { readPlanRequest } from "../../src/service/plan-input.ts";

function read(options: MessageInitShape<typeof PlanOptionsSchema>) {
  return readPlanRequest(create(PlanRequestSchema, { options }));
}

const ENUM_FIELDS = PlanOptionsSchema.fields.filter((field) => field.enum !== undefined);

test("every value that the contract gives an option is known, and the next number is not", () => {
  assert.ok(ENUM_FIELDS.length >= 4);
  for (const field of ENUM_FIELDS) {
    const numbers = field.enum?.values.map(({ number }) => number) ?? [];
    for (const number of numbers) {
      const { input, findings } = read({ [field.localName]: number });
      assert.deepEqual(findings, [], `${field.name} ${number}`);
      const value = Object.entries(input.options ?? {}).find(([name]) => name === field.localName)?.[1];
      assert.equal(value !== undefined, number !== 0, `${field.name} ${number}`);
    }
    const { findings } = read({ [field.localName]: Math.max(...numbers) + 1 });
    assert.deepEqual(
      findings.map(({ code, field: path }) => [code, path]),
      [["UNKNOWN_OPTION", `options.${field.localName}`]],
    );
  }
});

test("every dialect of the engine can be asked for", () => {
  const numbers = ENUM_FIELDS.find(({ name }) => name === "dialect")?.enum?.values ?? [];
  const named = numbers.map(({ number }) => read({ dialect: number as Dialect }).input.options?.dialect);
  assert.deepEqual(named.filter((dialect) => dialect !== undefined).toSorted(), DIALECTS.toSorted());
});

test("all options that are not known are told at once", () => {
  const { findings } = read(Object.fromEntries(ENUM_FIELDS.map(({ localName }) => [localName, 99])));
  assert.equal(findings.length, ENUM_FIELDS.length);
});

test("an option that is not set leaves the engine its default", () => {
  const { input } = read({});
  assert.equal(input.options?.initContainerImage, undefined);
  assert.ok(!Object.values(input.options ?? {}).includes(""));
  const absent = { meshConfig: undefined, pod: undefined, options: undefined };
  assert.deepEqual(readPlanRequest(create(PlanRequestSchema)).input, absent);
});
