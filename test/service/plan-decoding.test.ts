import assert from "node:assert/strict";
import { test } from "node:test";
import { create, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import { PlanRequestSchema } from "../../src/gen/redirect/v1/plan_pb.ts";
import { decodeBinary } from "../../src/service/codec.ts";
import { decodePlanRequest } from "../../src/service/plan-decoding.ts";
import { ServiceError } from "../../src/service/service-error.ts";

function encoded(request: MessageInitShape<typeof PlanRequestSchema>): Buffer {
  return Buffer.from(toBinary(PlanRequestSchema, create(PlanRequestSchema, request)));
}

function said(decode: () => unknown): unknown {
  try {
    return decode();
  } catch (error) {
    assert.ok(error instanceof ServiceError);
    return { code: error.code, message: error.message };
  }
}

const meshConfig = encoded({ meshConfig: { spec: { traffic: { outboundPortExclusionList: [6379] } } } });
const moreOfIt = encoded({ meshConfig: { spec: { traffic: { outboundPortExclusionList: [7070] } } } });
const pod = encoded({ pod: { metadata: { name: "shop" } } });

const REQUESTS: Readonly<Record<string, Buffer>> = {
  "with nothing in it": Buffer.alloc(0),
  "with a mesh config and a pod": Buffer.concat([meshConfig, pod]),
  "with the same mesh config again": Buffer.concat([meshConfig, pod]),
  "with the pod first": Buffer.concat([pod, meshConfig]),
  "with a mesh config in two parts": Buffer.concat([meshConfig, moreOfIt, pod]),
  "with an empty mesh config": Buffer.concat([Buffer.from([0x0a, 0]), pod]),
  "with a field that the contract does not name": Buffer.concat([meshConfig, Buffer.from([0x78, 1])]),
  "whose mesh config is longer than the message": meshConfig.subarray(0, -1),
  "whose mesh config has a length that is no number": Buffer.concat([
    Buffer.from([0x0a]),
    Buffer.alloc(11, 0xff),
  ]),
  "whose mesh config is no message": Buffer.from([0x0a, 2, 0x0f, 0x0f]),
  "whose mesh config has a field that ends behind it": Buffer.from([0x0a, 2, 0x0a, 2, 0x12, 0]),
  "whose pod is no message": Buffer.concat([meshConfig, Buffer.from([0x12, 2, 0x0f, 0x0f])]),
};

for (const [which, bytes] of Object.entries(REQUESTS)) {
  test(`a request ${which} is what the plain decoder makes of it`, () => {
    assert.deepEqual(
      said(() => decodePlanRequest(bytes)),
      said(() => decodeBinary(PlanRequestSchema, bytes)),
    );
  });
}

test("a mesh config that comes again is not decoded again", () => {
  const first = decodePlanRequest(Buffer.concat([meshConfig, pod])).meshConfig;
  assert.equal(decodePlanRequest(meshConfig).meshConfig, first);
  assert.notEqual(decodePlanRequest(moreOfIt).meshConfig, first);
});
