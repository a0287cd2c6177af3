import assert from "node:assert/strict";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer, type Http2Server } from "node:http2";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import {
  create,
  createFileRegistry,
  type DescMessage,
  type DescMethodUnary,
  type DescService,
  fromBinary,
  fromJson,
  type Message,
  toBinary,
  toJson,
  toJsonString,
} from "@bufbuild/protobuf";
import { FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";
import { Code, ConnectError, type Transport } from "@connectrpc/connect";
import {
  connectNodeAdapter,
  createConnectTransport,
  createGrpcTransport,
  createGrpcWebTransport,
} from "@connectrpc/connect-node";
import { credentials, type ServiceError, status } from "@grpc/grpc-js";
import { createPlannerClient, type PlannerClient } from "../../src/client/grpc-js.ts";
import { PlanRequestSchema, PlanResponseSchema } from "../../src/client/index.ts";
import { testServer } from "../transport/test-server.ts";
import { EVERY_FIELD } from "./every-field.ts";
import { unsetFields } from "./unset-fields.ts";

/** The contract as it was when `Plan` was first served, frozen: what `buf build` made of it then. */
const FIRST = createFileRegistry(
  fromBinary(FileDescriptorSetSchema, readFileSync(join(import.meta.dirname, "first-contract.binpb"))),
);
const firstService = found(FIRST.getService("redirect.v1.RedirectPlanner"));
const firstPlan = found(firstService.method["plan"]) as DescMethodUnary;

/** Calls today's planner on a port of this machine, once. */
async function atPort<T>(port: number, call: (planner: PlannerClient) => Promise<T>): Promise<T> {
  const planner = createPlannerClient(`127.0.0.1:${port}`, credentials.createInsecure());
  try {
    return await call(planner);
  } finally {
    planner.close();
  }
}

describe("a client of the first contract, at today's server", () => {
  const server = testServer();
  const transports: Readonly<Record<string, (baseUrl: string) => Transport>> = {
    gRPC: (baseUrl) => createGrpcTransport({ baseUrl }),
    "gRPC-Web": (baseUrl) => createGrpcWebTransport({ baseUrl, httpVersion: "1.1" }),
    Connect: (baseUrl) => createConnectTransport({ baseUrl, httpVersion: "1.1" }),
    JSON: (baseUrl) => createConnectTransport({ baseUrl, httpVersion: "1.1", useBinaryFormat: false }),
  };
  const request = fromJson(firstPlan.input, EVERY_FIELD);

  test("sets every field that it has, but for the one that gets no plan", () => {
    assert.deepEqual(unsetFields(firstPlan.input, request), ["pod.spec.host_network"]);
  });

  for (const [name, transportTo] of Object.entries(transports)) {
    const plan = (message: Message) =>
      transportTo(`http://127.0.0.1:${server.port}`).unary(firstPlan, undefined, 10_000, undefined, message);

    test(`gets the answer of today over ${name}, in the words that it knows`, async () => {
      const today = await atPort(server.port, (planner) =>
        planner.plan(fromJson(PlanRequestSchema, EVERY_FIELD)),
      );
      assert.notEqual(today.script, "");
      const { message } = await plan(request);
      const known = fromBinary(firstPlan.output, toBinary(PlanResponseSchema, today));
      assert.deepEqual(toJson(firstPlan.output, message), toJson(firstPlan.output, known));
    });

    test(`reads every detail of a refusal over ${name}`, async () => {
      const pod = { spec: { hostNetwork: true, os: { name: "windows" } } };
      await assert.rejects(plan(fromJson(firstPlan.input, { pod })), (error) => {
        const failure = ConnectError.from(error);
        assert.equal(failure.code, Code.InvalidArgument);
        const [bad] = details(failure, "google.rpc.BadRequest");
        assert.match(JSON.stringify(bad), /HOST_NETWORK.*WINDOWS_POD|WINDOWS_POD.*HOST_NETWORK/);
        assert.match(JSON.stringify(details(failure, "google.rpc.ErrorInfo")), /"domain":"redirect.v1"/);
        return true;
      });
    });
  }
});

describe("today's client, at a server of the first contract", () => {
  let server: Http2Server;
  let port: number;

  before(async () => {
    // Its answer tells what it understood.
    const plan = (request: Message) =>
      create(firstPlan.output, { script: toJsonString(firstPlan.input, request) } as Record<string, unknown>);
    server = createServer(
      connectNodeAdapter({
        routes: (router) => router.service(firstService as DescService, { plan } as object),
      }),
    );
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const address = server.address();
    assert.ok(typeof address === "object" && address !== null);
    port = address.port;
  });
  after(() => server.close());

  test("is understood in all that the server knows, and the rest is passed over", async () => {
    const request = fromJson(PlanRequestSchema, EVERY_FIELD);
    const options = { ...found(request.options), verify: true };
    const { script, proof } = await atPort(port, (planner) => planner.plan({ ...request, options }));
    assert.deepEqual(JSON.parse(script), EVERY_FIELD);
    assert.equal(proof, undefined);
  });

  test("is told UNIMPLEMENTED for a method that the server does not have", async () => {
    await assert.rejects(
      atPort(port, (planner) => planner.verify({})),
      (error: ServiceError) => error.code === status.UNIMPLEMENTED,
    );
  });
});

function details(error: ConnectError, type: string): readonly unknown[] {
  const schema: DescMessage = found(FIRST.getMessage(type));
  return error.findDetails(schema).map((detail) => toJson(schema, detail));
}

function found<T>(value: T | undefined): T {
  assert.ok(value !== undefined);
  return value;
}
