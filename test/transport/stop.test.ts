import assert from "node:assert/strict";
import { once } from "node:events";
import { connect as connectHttp2 } from "node:http2";
import { connect } from "node:net";
import { test } from "node:test";
import { create, toBinary } from "@bufbuild/protobuf";
import { PlanStreamRequestSchema } from "../../src/gen/redirect/v1/plan_stream_pb.ts";
import { createLogger } from "../../src/observe/logger.ts";
import type { Limits } from "../../src/transport/limits.ts";
import { type RunningServer, startServer } from "../../src/transport/server.ts";
import { encode, pathOf } from "./clients/client.ts";
import { frame } from "./clients/connect.ts";

function start(limits: Partial<Limits> = {}): Promise<RunningServer> {
  return startServer({ port: 0, host: "127.0.0.1", logger: createLogger({ level: "silent" }), limits });
}

/** How long a promise takes, in milliseconds. */
async function duration(promise: Promise<unknown>): Promise<number> {
  const begin = performance.now();
  await promise;
  return performance.now() - begin;
}

const HEAD = `POST ${pathOf()} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n`;

test("a server that stops lets a gRPC call under way end, and tells the client to leave", async () => {
  const server = await start();
  const session = connectHttp2(`http://127.0.0.1:${server.port}`);
  const stream = session.request({
    ":method": "POST",
    ":path": pathOf(),
    "content-type": "application/grpc",
    te: "trailers",
  });
  const request = frame(encode("binary", {}));
  stream.write(request.subarray(0, 3));
  await once(session, "remoteSettings");
  await new Promise((resolve) => session.ping(resolve));

  const goaway = once(session, "goaway");
  const stopped = server.stop();
  await goaway;
  stream.end(request.subarray(3));
  const trailers = once(stream, "trailers");
  stream.resume();
  const [{ "grpc-status": status }] = await trailers;
  assert.equal(Number(status), 0);
  await stopped;
});

test("a server that stops goes on with a stream as long as something comes, and then ends it", async () => {
  const server = await start({ drainMs: 600_000 });
  const session = connectHttp2(`http://127.0.0.1:${server.port}`);
  const stream = session.request({
    ":method": "POST",
    ":path": pathOf("PlanStream"),
    "content-type": "application/grpc",
    te: "trailers",
  });
  const message = frame(toBinary(PlanStreamRequestSchema, create(PlanStreamRequestSchema, { items: [{}] })));
  stream.write(message);
  await once(stream, "data");
  const goaway = once(session, "goaway");
  const stopped = server.stop();
  await goaway;
  stream.write(message);
  await once(stream, "data");
  const [{ "grpc-status": status }] = await once(stream, "trailers");
  assert.equal(Number(status), 14);
  session.destroy();
  await stopped;
});

test("a server that stops lets an HTTP/1 call under way end, and closes its connection behind it", async () => {
  const server = await start();
  const socket = connect(server.port, "127.0.0.1");
  let text = "";
  socket.setEncoding("latin1").on("data", (chunk) => {
    text += chunk;
  });
  socket.write(`${HEAD}Expect: 100-continue\r\nContent-Length: 2\r\n\r\n`);
  await once(socket, "data");
  const stopped = server.stop();
  socket.write("{}");
  await once(socket, "end");
  assert.match(text, /HTTP\/1\.1 200 OK/);
  socket.end();
  await stopped;
});

test("a client whose request begins before a stop is told to close its connection", async () => {
  const server = await start();
  const socket = connect(server.port, "127.0.0.1");
  let text = "";
  socket.setEncoding("latin1").on("data", (chunk) => {
    text += chunk;
  });
  socket.write(`${HEAD}Content-Length: 2\r\n\r\n{}${HEAD}`);
  await once(socket, "data");
  const stopped = server.stop();
  socket.write("Content-Length: 2\r\n\r\n{}");
  await once(socket, "end");
  assert.equal(text.match(/HTTP\/1\.1 200 OK/g)?.length, 2);
  assert.match(text, /\r\nConnection: close\r\n/i);
  socket.end();
  await stopped;
});

test("idle connections, and those that have said nothing, do not hold a stop up", async () => {
  const server = await start({ drainMs: 10_000 });
  const idle = connect(server.port, "127.0.0.1");
  idle.write(`${HEAD}Content-Length: 2\r\n\r\n{}`);
  await once(idle, "data");
  const silent = connect(server.port, "127.0.0.1");
  await once(silent, "connect");
  const session = connectHttp2(`http://127.0.0.1:${server.port}`);
  await once(session, "remoteSettings");
  assert.ok((await duration(server.stop())) < 5_000);
  for (const socket of [idle, silent]) socket.destroy();
  session.destroy();
});

test("a call that does not end is cut off when the time to drain is over", async () => {
  const server = await start({ drainMs: 200 });
  const socket = connect(server.port, "127.0.0.1");
  socket.on("error", () => {});
  socket.write(`${HEAD}Expect: 100-continue\r\nContent-Length: 2\r\n\r\n`);
  await once(socket, "data");
  const closed = once(socket, "close");
  assert.ok((await duration(server.stop())) >= 150);
  await closed;
});

test("a server that stops takes no more connections", async () => {
  const server = await start();
  await server.stop();
  const [error] = await once(connect(server.port, "127.0.0.1"), "error").catch((reason: unknown) => [reason]);
  assert.equal((error as NodeJS.ErrnoException).code, "ECONNREFUSED");
});

test("a port that is taken is an error of the start", async () => {
  const server = await start();
  const second = startServer({ port: server.port, host: "127.0.0.1" });
  await assert.rejects(second, { code: "EADDRINUSE" });
  await server.stop();
});
