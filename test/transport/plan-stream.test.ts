import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { type MessageInitShape, toJson } from "@bufbuild/protobuf";
import { anyUnpack } from "@bufbuild/protobuf/wkt";
import { Code, ConnectError } from "@connectrpc/connect";
import { BadRequestSchema, ErrorInfoSchema } from "../../src/gen/google/rpc/error_details_pb.ts";
import {
  type PlanRequest,
  type PlanRequestSchema,
  PlanResponseSchema,
} from "../../src/gen/redirect/v1/plan_pb.ts";
import type { PlanResult, PlanStreamRequestSchema } from "../../src/gen/redirect/v1/plan_stream_pb.ts";
import { encode } from "./clients/client.ts";
import { grpc } from "./clients/grpc.ts";
import { EVERY_STREAM_CLIENT, planStream } from "./clients/stream.ts";
import { testServer } from "./test-server.ts";
import { EVERY_WAY, type Way } from "./ways.ts";

type Request = Exclude<MessageInitShape<typeof PlanRequestSchema>, PlanRequest>;
type Message = MessageInitShape<typeof PlanStreamRequestSchema>;

const MESH: Request = { meshConfig: { spec: { traffic: { outboundPortExclusionList: [6379] } } } };
const ON_NODE: Request = { pod: { spec: { hostNetwork: true } } };

/** A pod that leaves a port of its own alone. */
function podWith(port: number): Request {
  const annotations = { "openservicemesh.io/outbound-port-exclusion-list": String(port) };
  return { pod: { metadata: { annotations } } };
}

/** A result in the same form. */
function plain({ result }: PlanResult) {
  if (result.case === "response") return toJson(PlanResponseSchema, result.value);
  assert.equal(result.case, "error");
  const { code, message, details } = result.value;
  assert.equal(code, Code.InvalidArgument);
  const [badRequest, info] = [
    details[0] && anyUnpack(details[0], BadRequestSchema),
    details[1] && anyUnpack(details[1], ErrorInfoSchema),
  ];
  assert.ok(badRequest !== undefined && info !== undefined);
  const violations = badRequest.fieldViolations.map(({ field, description, reason }) => ({
    field,
    description,
    reason,
  }));
  const { reason, domain, metadata } = info;
  return { code: "INVALID_ARGUMENT", message, violations, errorInfo: { reason, domain, metadata } };
}

/** What every client of the stream has to get, however it reaches the server. */
function contract(way: Way): void {
  const server = testServer({}, way);

  /** What `Plan` says to a request, as a result of a stream has it. */
  async function unary(request: Request) {
    const { code, message, violations, errorInfo, response } = await grpc.call(
      server.target,
      encode("binary", request),
    );
    return response === undefined
      ? { code, message, violations, errorInfo }
      : toJson(PlanResponseSchema, response);
  }

  test("every item gets what Plan says to its request, in order and under its id, by every protocol", async () => {
    const requests = [podWith(1), ON_NODE, MESH, {}, podWith(70000)];
    const expected = await Promise.all(requests.map(unary));
    const items = requests.map((request, index) => ({ id: `pod-${index}`, request }));
    for (const client of EVERY_STREAM_CLIENT) {
      const { results, error } = await planStream(client, server.target, [
        { items: items.slice(0, 3) },
        { items: [] },
        { items: items.slice(3) },
      ]);
      assert.equal(error, undefined, client.name);
      assert.deepEqual(
        results.map(({ id }) => id),
        items.map(({ id }) => id),
        client.name,
      );
      assert.deepEqual(results.map(plain), expected, client.name);
    }
  });

  test("defaults stand in for the fields that an item leaves out, until a message brings others", async () => {
    const ownMesh: Request = { meshConfig: { spec: { traffic: { outboundPortExclusionList: [1] } } } };
    const hardened: Request = { options: { dialect: 8 } };
    const messages: Message[] = [
      { items: [{ request: podWith(1) }] },
      { defaults: { ...MESH, ...hardened }, items: [{ request: podWith(1) }, { request: ownMesh }, {}] },
      { items: [{ request: { ...podWith(2), options: {} } }] },
      { defaults: {}, items: [{ request: podWith(1) }] },
    ];
    const completed: Request[] = [
      podWith(1),
      { ...MESH, ...hardened, ...podWith(1) },
      { ...ownMesh, ...hardened },
      { ...MESH, ...hardened },
      { ...MESH, ...podWith(2) },
      podWith(1),
    ];
    const expected = await Promise.all(completed.map(unary));
    for (const client of EVERY_STREAM_CLIENT) {
      const { results } = await planStream(client, server.target, messages);
      assert.deepEqual(results.map(plain), expected, client.name);
    }
  });

  test("an id of any length and any text comes back, with a plan and with an error", async () => {
    const ids = [
      "",
      "a",
      "✓",
      ..."127 128 5000 16383 16384".split(" ").map((length) => "x".repeat(Number(length))),
      "é✓😀",
    ];
    const requests = [podWith(1), podWith(70000)];
    const items = ids.flatMap((id) => requests.map((request) => ({ id, request })));
    const expected = await Promise.all(requests.map(unary));
    for (const client of EVERY_STREAM_CLIENT) {
      const { results, error } = await planStream(client, server.target, [{ items }]);
      assert.equal(error, undefined, client.name);
      assert.deepEqual(
        results.map(({ id }) => id),
        items.map(({ id }) => id),
        client.name,
      );
      assert.deepEqual(
        results.map(plain),
        ids.flatMap(() => expected),
        client.name,
      );
    }
  });

  test("many items come in several messages, none of which a client with the usual limits would refuse", async () => {
    const items = Array.from({ length: 1000 }, (_, index) => ({ id: String(index) }));
    const [client] = EVERY_STREAM_CLIENT;
    assert.ok(client !== undefined);
    const { results, error } = await planStream(client, server.target, [{ items }]);
    assert.equal(error, undefined);
    assert.deepEqual(
      results.map(({ id, result }) => [id, result.case]),
      items.map(({ id }) => [id, "response"]),
    );
  });

  test("more items than a message may have end the stream behind the answers to those before", async () => {
    const items = Array.from({ length: 1001 }, () => ({}));
    for (const client of EVERY_STREAM_CLIENT) {
      const { results, error } = await planStream(client, server.target, [
        { items: [{ id: "a" }] },
        { items },
      ]);
      assert.deepEqual(
        results.map(({ id }) => id),
        ["a"],
        client.name,
      );
      assert.ok(error instanceof ConnectError, client.name);
      assert.equal(error.code, Code.ResourceExhausted, client.name);
      assert.equal(error.findDetails(ErrorInfoSchema)[0]?.reason, "TOO_MANY_ITEMS", client.name);
    }
  });
}

for (const way of EVERY_WAY) {
  describe(`over ${way.name}`, { skip: way.skip }, () => contract(way));
}
