import assert from "node:assert/strict";
import { after, test } from "node:test";
import { credentials, status } from "@grpc/grpc-js";
import { createPlannerClient, findDetails, type PlannerClient } from "../../src/client/grpc-js.ts";
import {
  BadRequestSchema,
  Direction,
  Disposition_Kind,
  ErrorInfoSchema,
  type PlanStreamResponse,
} from "../../src/client/index.ts";
import { provedPlan } from "../proof/proved-plan.ts";
import { testServer } from "../transport/test-server.ts";

const server = testServer();
const clients: PlannerClient[] = [];
after(() => {
  for (const client of clients) client.close();
});

function connect(port = server.port, options = {}): PlannerClient {
  const client = createPlannerClient(`127.0.0.1:${port}`, credentials.createInsecure(), options);
  clients.push(client);
  return client;
}

const HOST_NETWORK = { pod: { spec: { hostNetwork: true } } };

test("plans and explains", async () => {
  const client = connect();
  const { script, digest } = await client.plan({});
  const outcome = provedPlan({});
  assert.ok(outcome.kind === "planned");
  assert.equal(script, outcome.plan.script);
  assert.match(digest, /./);
  const { traces } = await client.explain({
    rules: { source: { case: "script", value: script } },
    packets: [{ direction: Direction.OUTBOUND, destination: { address: "192.0.2.9", port: 80 } }],
  });
  assert.deepEqual(
    traces.map(({ disposition }) => disposition?.kind),
    [Disposition_Kind.REDIRECTED],
  );
});

test("plans many pods in a stream", async () => {
  const stream = connect().planStream();
  stream.write({ defaults: { options: {} }, items: [{ id: "good" }, { id: "bad", request: HOST_NETWORK }] });
  stream.end();
  const results = (await Array.fromAsync(stream as AsyncIterable<PlanStreamResponse>)).flatMap(
    ({ items }) => items,
  );
  assert.deepEqual(
    results.map(({ id, result }) => [id, result.case]),
    [
      ["good", "response"],
      ["bad", "error"],
    ],
  );
});

test("a refusal carries its reason and every field violation", async () => {
  await assert.rejects(connect().plan(HOST_NETWORK), (error: Parameters<typeof findDetails>[0]) => {
    assert.equal(error.code, status.INVALID_ARGUMENT);
    assert.deepEqual(
      findDetails(error, BadRequestSchema).flatMap(({ fieldViolations }) =>
        fieldViolations.map(({ reason, field }) => [reason, field]),
      ),
      [["HOST_NETWORK", "pod.spec.hostNetwork"]],
    );
    assert.deepEqual(
      findDetails(error, ErrorInfoSchema).map(({ reason, domain }) => [reason, domain]),
      [["HOST_NETWORK", "redirect.v1"]],
    );
    return true;
  });
});

test("an error that the planner did not make has no details", async () => {
  await assert.rejects(
    connect(1).plan({}, { deadline: Date.now() + 5000 }),
    (error: Parameters<typeof findDetails>[0]) => {
      assert.equal(error.code, status.UNAVAILABLE);
      assert.deepEqual(findDetails(error, BadRequestSchema), []);
      return true;
    },
  );
});
