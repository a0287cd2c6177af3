import assert from "node:assert/strict";
import { test } from "node:test";
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import fc from "fast-check";
import { PlanItemSchema, PlanStreamResponseSchema } from "../../src/gen/redirect/v1/plan_stream_pb.ts";
import { createKeptAnswers } from "../../src/service/kept-answers.ts";
import { planRoute } from "../../src/service/plan-route.ts";
import { binaryItems } from "../../src/service/plan-stream-binary.ts";
import { redirectPlanner } from "../../src/service/planner.ts";

const format = binaryItems(
  planRoute({
    plan: redirectPlanner.plan,
    kept: createKeptAnswers(1 << 20),
    countFinding: () => {},
    reportFault: () => {},
  }),
);
const answer = format.completedBy(format.noDefaults);

/** Where the length of a length takes another byte. */
const LENGTHS = [0, 1, 127, 128, 129, 16_383, 16_384, 16_385];

const ids = fc.oneof(
  fc.constantFrom(...LENGTHS).map((length) => "x".repeat(length)),
  fc.string({ unit: "grapheme" }),
);

// Some decoders read on where a length is too short, so that an answer which can be decoded may still be wrong.
test("a message of results is, byte for byte, what protobuf makes of its results", () => {
  fc.assert(
    fc.property(fc.array(fc.record({ id: ids, hostNetwork: fc.boolean() }), { maxLength: 5 }), (items) => {
      const results = items.map(({ id, hostNetwork }) =>
        answer(
          toBinary(
            PlanItemSchema,
            create(PlanItemSchema, { id, request: { pod: { spec: { hostNetwork } } } }),
          ),
        ),
      );
      const { message } = format.write(results);
      const decoded = fromBinary(PlanStreamResponseSchema, message);
      assert.deepEqual(
        decoded.items.map(({ id, result }) => [id, result.case]),
        items.map(({ id, hostNetwork }) => [id, hostNetwork ? "error" : "response"]),
      );
      assert.ok(message.equals(toBinary(PlanStreamResponseSchema, decoded)));
      assert.equal(
        message.byteLength,
        results.reduce((sum, { length }) => sum + length, 0),
      );
    }),
  );
});
