import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { connect as connectHttp2 } from "node:http2";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { Code, createClient } from "@connectrpc/connect";
import {
  createConnectTransport,
  createGrpcTransport,
  createGrpcWebTransport,
} from "@connectrpc/connect-node";
import { Health, HealthCheckResponse_ServingStatus } from "../../src/gen/grpc/health/v1/health_pb.ts";
import { RedirectPlanner } from "../../src/gen/redirect/v1/redirect_planner_pb.ts";
import { createLogger } from "../../src/observe/logger.ts";
import { startServer } from "../../src/transport/server.ts";
import { encode } from "./clients/client.ts";
import { endpointOf } from "./clients/endpoint.ts";
import { grpc } from "./clients/grpc.ts";
import { EVERY_STREAM_CLIENT } from "./clients/stream.ts";

const logger = createLogger({ level: "silent" });
const directory = mkdtempSync(join(tmpdir(), "redirect-planner-"));
after(() => rmSync(directory, { recursive: true }));

test("gRPC's health check tells of the server, of each service, and of none that is not served", async () => {
  const server = await startServer({ port: 0, host: "127.0.0.1", logger });
  const client = createClient(Health, createGrpcTransport({ baseUrl: `http://127.0.0.1:${server.port}` }));
  for (const service of ["", "redirect.v1.RedirectPlanner", "grpc.health.v1.Health"]) {
    assert.equal(
      (await client.check({ service })).status,
      HealthCheckResponse_ServingStatus.SERVING,
      service,
    );
  }
  await assert.rejects(client.check({ service: "redirect.v2.Other" }), /not_found/);
  await server.stop();
});

test("whoever watches the health is told at once, and when the server stops, which it does not hold up", async () => {
  const { SERVING, NOT_SERVING, SERVICE_UNKNOWN } = HealthCheckResponse_ServingStatus;
  for (const [name, transport] of [
    ["gRPC", createGrpcTransport],
    [
      "Connect",
      (options: { readonly baseUrl: string }) => createConnectTransport({ ...options, httpVersion: "1.1" }),
    ],
    [
      "gRPC-Web",
      (options: { readonly baseUrl: string }) => createGrpcWebTransport({ ...options, httpVersion: "1.1" }),
    ],
  ] as const) {
    const server = await startServer({ port: 0, host: "127.0.0.1", logger, limits: { drainMs: 600_000 } });
    const client = createClient(Health, transport({ baseUrl: `http://127.0.0.1:${server.port}` }));
    const watched = ["", "redirect.v1.RedirectPlanner", "redirect.v2.Other"].map((service) =>
      client.watch({ service })[Symbol.asyncIterator](),
    );
    const next = () => Promise.all(watched.map(async (watch) => (await watch.next()).value?.status));
    assert.deepEqual(await next(), [SERVING, SERVING, SERVICE_UNKNOWN], name);
    const stopped = server.stop();
    const ends = await Promise.allSettled(watched.map((watch) => watch.next()));
    assert.deepEqual(
      ends.map((end) => (end.status === "fulfilled" ? end.value.value?.status : Code[end.reason.code])),
      [NOT_SERVING, NOT_SERVING, "Unavailable"],
      name,
    );
    for (const watch of watched.slice(0, 2))
      await assert.rejects(watch.next(), { code: Code.Unavailable }, name);
    await stopped;
  }
});

test("a stream is served whose client names a unix socket as its authority, as gRPC's C core does", async () => {
  const server = await startServer({ port: 0, host: "127.0.0.1", logger, limits: { drainMs: 0 } });
  const session = connectHttp2(`http://127.0.0.1:${server.port}`);
  const stream = session.request({
    ":method": "POST",
    ":path": "/grpc.health.v1.Health/Watch",
    ":authority": "run%2Fredirect-planner%2Fplanner.sock",
    "content-type": "application/grpc",
    te: "trailers",
  });
  stream.end(new Uint8Array(5));
  const [headers] = await once(stream, "response");
  assert.equal(headers[":status"], 200);
  const [frame] = await once(stream, "data");
  assert.deepEqual([...frame], [0, 0, 0, 0, 2, 8, HealthCheckResponse_ServingStatus.SERVING]);
  session.destroy();
  await server.stop();
});

test("the admin port serves probes and metrics, with calls by status and findings by code", async () => {
  const server = await startServer({ port: 0, adminPort: 0, host: "127.0.0.1", logger });
  const admin = `http://127.0.0.1:${server.adminPort}`;
  const planner = createClient(
    RedirectPlanner,
    createConnectTransport({ baseUrl: `http://127.0.0.1:${server.port}`, httpVersion: "1.1" }),
  );
  await planner.plan({});
  await assert.rejects(planner.plan({ pod: { spec: { hostNetwork: true } } }), /invalid_argument/);

  assert.equal((await fetch(`${admin}/livez`)).status, 200);
  assert.equal((await fetch(`${admin}/readyz`)).status, 200);
  assert.equal((await fetch(`${admin}/other`)).status, 404);
  assert.equal((await fetch(`${admin}/livez`, { method: "POST" })).status, 405);
  const metrics = await (await fetch(`${admin}/metrics`)).text();
  const plan = 'grpc_type="unary",grpc_service="redirect.v1.RedirectPlanner",grpc_method="Plan"';
  assert.match(
    metrics,
    new RegExp(`grpc_server_handled_total\\{${plan},grpc_code="OK",protocol="connect"\\} 1`),
  );
  assert.match(metrics, new RegExp(`${plan},grpc_code="INVALID_ARGUMENT",protocol="connect"\\} 1`));
  assert.match(metrics, /redirect_planner_findings_total\{code="HOST_NETWORK"\} 1/);
  assert.match(metrics, /redirect_planner_findings_total\{code="NOT_RERUNNABLE"\} 1/);
  assert.match(metrics, new RegExp(`grpc_server_handling_seconds_count\\{${plan}\\} 2`));
  await server.stop();
  await assert.rejects(fetch(`${admin}/livez`));
});

test("an answer that is kept is a call, and has its findings counted, like any other", async () => {
  const server = await startServer({ port: 0, adminPort: 0, host: "127.0.0.1", logger });
  const request = encode("binary", { pod: { metadata: { name: "kept" } } });
  await grpc.call(server.port, request);
  await grpc.call(server.port, request);
  const metrics = await (await fetch(`http://127.0.0.1:${server.adminPort}/metrics`)).text();
  assert.match(metrics, /redirect_planner_kept_answer_lookups_total\{result="hit"\} 1/);
  assert.match(metrics, /redirect_planner_kept_answer_lookups_total\{result="miss"\} 1/);
  assert.match(metrics, /redirect_planner_kept_answers 1/);
  assert.match(metrics, /redirect_planner_kept_answer_bytes [1-9]\d{3}/);
  assert.match(metrics, /redirect_planner_findings_total\{code="NOT_RERUNNABLE"\} 2/);
  assert.match(metrics, /grpc_method="Plan",grpc_code="OK",protocol="grpc"\} 2/);
  await server.stop();
});

test("a stream is counted when it begins, with its messages when it ends, and logged with both", async () => {
  const lines: Readonly<Record<string, unknown>>[] = [];
  const server = await startServer({
    port: 0,
    adminPort: 0,
    host: "127.0.0.1",
    logger: createLogger({ destination: { write: (line) => lines.push(JSON.parse(line)) } }),
  });
  const { transport } = EVERY_STREAM_CLIENT[0] ?? assert.fail();
  const planner = createClient(RedirectPlanner, transport(endpointOf(server.port)));
  const metrics = async (): Promise<string> =>
    (await fetch(`http://127.0.0.1:${server.adminPort}/metrics`)).text();
  const stream =
    'grpc_type="bidi_stream",grpc_service="redirect.v1.RedirectPlanner",grpc_method="PlanStream"';

  const { promise: goOn, resolve } = Promise.withResolvers<void>();
  const answers = planner
    .planStream(
      (async function* () {
        yield { items: [{}, {}] };
        await goOn;
        yield { items: [] };
      })(),
    )
    [Symbol.asyncIterator]();
  await answers.next();
  const during = await metrics();
  assert.match(during, new RegExp(`grpc_server_started_total\\{${stream}\\} 1`));
  assert.doesNotMatch(during, new RegExp(`grpc_server_handled_total\\{${stream}`));
  resolve();
  assert.equal((await answers.next()).done, true);
  await server.stop();
  const line = lines.find(({ method }) => String(method).endsWith("/PlanStream"));
  assert.deepEqual(line?.["messages"], { received: 2, sent: 1 });
});

test("a path that is not served makes no series of its own", async () => {
  const server = await startServer({ port: 0, adminPort: 0, host: "127.0.0.1", logger });
  await fetch(`http://127.0.0.1:${server.port}/any/thing`, { method: "POST" });
  const metrics = await (await fetch(`http://127.0.0.1:${server.adminPort}/metrics`)).text();
  assert.doesNotMatch(metrics, /thing/);
  assert.match(metrics, /grpc_service="other",grpc_method="other"/);
  await server.stop();
});

test("a unix socket is for the server's user and group, replaces a stale one, and is gone afterwards", async () => {
  const path = join(directory, "planner.sock");
  const program = `require("node:net").createServer().listen(process.argv[1], () => process.kill(process.pid, "SIGKILL"))`;
  spawnSync(process.execPath, ["-e", program, path], { timeout: 10_000 });
  assert.ok(statSync(path).isSocket(), "a server that is killed leaves its socket behind");

  const server = await startServer({ unixSocket: path, logger });
  assert.equal(statSync(path).mode & 0o777, 0o660);
  const answer = await new Promise<string>((resolve, reject) => {
    const call = request(
      {
        socketPath: path,
        method: "POST",
        path: "/redirect.v1.RedirectPlanner/Plan",
        headers: { host: "planner", "content-type": "application/json" },
      },
      (response) => response.setEncoding("utf8").once("data", resolve),
    );
    call.once("error", reject).end("{}");
  });
  assert.match(answer, /PROXY_INBOUND/);
  await server.stop();
  assert.equal(statSync(path, { throwIfNoEntry: false }), undefined);

  writeFileSync(path, "not a socket");
  await assert.rejects(startServer({ unixSocket: path, logger }), /is no socket/);
});
