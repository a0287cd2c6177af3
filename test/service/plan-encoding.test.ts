import assert from "node:assert/strict";
import { test } from "node:test";
import { create, toBinary } from "@bufbuild/protobuf";
import {
  PlanRequestSchema,
  type PlanResponse,
  PlanResponseSchema,
} from "../../src/gen/redirect/v1/plan_pb.ts";
import { encodePlanResponse } from "../../src/service/plan-encoding.ts";
import { redirectPlanner } from "../../src/service/planner.ts";

/** The answer to a pod with as many findings about it, under one policy. */
function answerWith(udpPorts: number): PlanResponse {
  const ports = Array.from({ length: udpPorts }, (_, index) => ({
    containerPort: index + 1,
    protocol: "UDP",
  }));
  return redirectPlanner.plan(
    create(PlanRequestSchema, { pod: { spec: { containers: [{ name: "app", ports }] } } }),
  );
}

test("answers that share a policy are, byte for byte, what protobuf makes of them", () => {
  for (const udpPorts of [0, 1, 3000, 0, 2]) {
    const response = answerWith(udpPorts);
    assert.deepEqual(
      new Uint8Array(encodePlanResponse(response).message),
      new Uint8Array(toBinary(PlanResponseSchema, response)),
    );
  }
});

test("the bytes that pods share are kept, and not given up for those of a pod with very much to tell", () => {
  const shared = encodePlanResponse(answerWith(0));
  encodePlanResponse(answerWith(3000));
  assert.equal(encodePlanResponse(answerWith(0)), shared);
});
