import assert from "node:assert/strict";
import { once } from "node:events";
import { connect as connectHttp2, constants } from "node:http2";
import { connect } from "node:net";
import { afterEach, test } from "node:test";
import { setTimeout as wait } from "node:timers/promises";
import { gzipSync } from "node:zlib";
import { FLAG, FRAME, grpcHeaders, http2Frame, open, PREFACE } from "./attack/wire.ts";
import { encode, pathOf } from "./clients/client.ts";
import { connectClient, frame } from "./clients/connect.ts";
import { grpc } from "./clients/grpc.ts";
import { post } from "./clients/http.ts";
import { exchange, parseResponse } from "./clients/raw.ts";
import { testServer } from "./test-server.ts";

const LIMIT_BYTES = 4 * 1024 * 1024;
const server = testServer({ limits: { headersMs: 1500, requestMs: 2000 } });

afterEach(async () => {
  const json = connectClient("json", "HTTP/1.1");
  for (const client of [grpc, json]) {
    const { code } = await client.call(server.port, encode(client.format, {}));
    assert.equal(code, "OK", `${client.name} is still served`);
  }
});

const HEAD = `POST ${pathOf()} HTTP/1.1\r\nContent-Type: application/json\r\nConnection: close\r\n`;

for (const [name, request] of [
  ["an HTTP/1.0 request without Host", `POST ${pathOf()} HTTP/1.0\r\nContent-Length: 2\r\n\r\n{}`],
  ["an HTTP/1.1 request without Host", `${HEAD}Content-Length: 2\r\n\r\n{}`],
  ["a Host that is no part of a URL", `${HEAD}Host: %zz\r\nContent-Length: 2\r\n\r\n{}`],
  ["a Host with a path in it", `${HEAD}Host: a/b\r\nContent-Length: 2\r\n\r\n{}`],
  ["an empty Host", `${HEAD}Host:\r\nContent-Length: 2\r\n\r\n{}`],
] as const) {
  test(`${name} gets 400 with a reason`, async () => {
    const { status, body } = parseResponse(await exchange(server.port, request));
    assert.equal(status, 400);
    assert.equal(JSON.parse(body).code, "invalid_argument");
    assert.match(JSON.parse(body).message, /host/);
  });
}

test("an :authority of HTTP/2 that is no part of a URL gets 400 with a reason", async () => {
  const session = connectHttp2(`http://127.0.0.1:${server.port}`);
  const stream = session.request({
    ":method": "POST",
    ":path": pathOf(),
    ":authority": "%zz",
    "content-type": "application/json",
  });
  stream.end("{}");
  const [headers] = await once(stream, "response");
  assert.equal(headers[":status"], 400);
  session.destroy();
});

for (const [name, bytes] of [
  ["text", "hello\r\n\r\n"],
  ["zeros", Buffer.alloc(64)],
  ["a TLS client", Buffer.from("16030100c8010000c40303", "hex")],
  ["half of HTTP/2's preface", "PRI * HTTP/2.0\r\n\r\nXX\r\n\r\n"],
] as const) {
  test(`a connection that begins with ${name} gets 400`, async () => {
    assert.equal(parseResponse(await exchange(server.port, bytes)).status, 400);
  });
}

/** Frames of a call that a client resets, without an error, in the same breath. */
function resetCall(headers: Readonly<Record<string, string>>, flags: number, ...behind: Buffer[]): Buffer {
  const block = grpcHeaders(pathOf(), headers);
  return Buffer.concat([http2Frame(FRAME.headers, flags | FLAG.endHeaders, 1, block), ...behind, RESET]);
}

const RESET = http2Frame(FRAME.reset, 0, 1, Buffer.alloc(4));

const END = http2Frame(FRAME.data, FLAG.endStream, 1, Buffer.alloc(0));
const HALF = http2Frame(FRAME.data, 0, 1, Buffer.alloc(3));

for (const [which, headers] of Object.entries({
  "a method": {},
  "no method": { ":path": "/x/Y" },
  "a stream": { ":path": pathOf("PlanStream") },
  "a type in capitals": { "content-type": "APPLICATION/GRPC" },
  "a type that is not served": { "content-type": "application/grpc+x" },
  "a timeout that is none": { "grpc-timeout": "soon" },
})) {
  test(`a call of ${which} that is reset at once, wherever it is, ends nothing but itself`, async () => {
    for (const call of [
      resetCall(headers, 0),
      resetCall(headers, FLAG.endStream),
      resetCall(headers, 0, HALF),
      resetCall(headers, 0, END),
      resetCall(headers, 0, HALF, END),
    ]) {
      for (const [first, ...rest] of [
        [Buffer.concat([PREFACE, call])],
        [PREFACE, call],
        [Buffer.concat([PREFACE, call.subarray(0, -RESET.byteLength)]), RESET],
      ]) {
        const socket = open(server.port);
        socket.write(first ?? PREFACE);
        for (const bytes of rest) {
          await wait(10);
          socket.write(bytes);
        }
        await wait(10);
        socket.destroy();
      }
    }
  });
}

test("a message whose first length is no number is malformed, and ends nothing but its call", async () => {
  const { code } = await grpc.call(server.port, Buffer.concat([Buffer.from([0x0a]), Buffer.alloc(11, 0xff)]));
  assert.equal(code, "INVALID_ARGUMENT");
});

test("frames that are none end their connection", async () => {
  const preface = Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
  await exchange(server.port, Buffer.concat([preface, Buffer.alloc(100, 0xff)]));
});

test("a connection that says nothing, or not enough, gets 408", async () => {
  const beginnings = ["", "P", "PRI * HT", `${HEAD}Host: x\r\n`];
  const responses = await Promise.all(beginnings.map((bytes) => exchange(server.port, bytes)));
  assert.deepEqual(
    responses.map((text) => parseResponse(text).status),
    [408, 408, 408, 408],
  );
});

test("a body that does not come gets 408", async () => {
  const text = await exchange(server.port, `${HEAD}Host: x\r\nContent-Length: 9\r\n\r\n{`);
  assert.equal(parseResponse(text).status, 408);
});

test("a body that does not come ends its stream of HTTP/2", async () => {
  const session = connectHttp2(`http://127.0.0.1:${server.port}`);
  const stream = session.request({
    ":method": "POST",
    ":path": pathOf(),
    "content-type": "application/json",
  });
  stream.on("error", () => {});
  stream.write("{");
  await once(stream, "close");
  assert.equal(stream.rstCode, constants.NGHTTP2_CANCEL);
  session.destroy();
});

test("a client that closes its side behind the request gets the answer", async () => {
  const socket = connect({ port: server.port, host: "127.0.0.1", allowHalfOpen: true });
  socket.end(`${HEAD}Host: x\r\nContent-Length: 2\r\n\r\n{}`);
  let text = "";
  for await (const chunk of socket) text += chunk;
  assert.equal(parseResponse(text).status, 200);
});

test("a request in pieces of a byte is put together", async () => {
  const socket = connect({ port: server.port, host: "127.0.0.1", noDelay: true });
  for (const byte of `${HEAD}Host: x\r\nContent-Length: 2\r\n\r\n{}`) {
    socket.write(byte);
    await new Promise((resolve) => setImmediate(resolve));
  }
  let text = "";
  for await (const chunk of socket) text += chunk;
  assert.equal(parseResponse(text).status, 200);
});

test("a body over the limit that does not tell its length gets 429", async () => {
  const chunk = `${LIMIT_BYTES.toString(16)}\r\n${" ".repeat(LIMIT_BYTES)}\r\n`;
  const request = `${HEAD}Host: x\r\nTransfer-Encoding: chunked\r\n\r\n${chunk}${chunk}0\r\n\r\n`;
  const { status, body } = parseResponse(await exchange(server.port, request));
  assert.equal(status, 429);
  assert.equal(JSON.parse(body).code, "resource_exhausted");
  assert.equal(server.log.at(-1)?.["code"], "RESOURCE_EXHAUSTED", "and not a connection that broke");
});

test("a body that grows over the limit when it is decompressed is refused by every protocol", async () => {
  const bomb = gzipSync(Buffer.alloc(LIMIT_BYTES + 1, " "));
  const headers = { "content-type": "application/json", "content-encoding": "gzip" };
  const connected = await post("HTTP/1.1", server.port, pathOf(), headers, bomb);
  assert.equal(connected.status, 429);
  const compressed = Buffer.from(frame(bomb));
  compressed[0] = 1;
  const grpcHeaders = { "content-type": "application/grpc", "grpc-encoding": "gzip", te: "trailers" };
  const native = await post("HTTP/2", server.port, pathOf(), grpcHeaders, compressed);
  assert.equal(native.headers["grpc-status"], "8");
});

test("compressed bytes that are cut off are malformed", async () => {
  const headers = { "content-type": "application/json", "content-encoding": "gzip" };
  const { status, body } = await post(
    "HTTP/1.1",
    server.port,
    pathOf(),
    headers,
    gzipSync("{}").subarray(0, 12),
  );
  assert.equal(status, 400);
  assert.equal(JSON.parse(body.toString()).code, "invalid_argument");
});

test("JSON that is not UTF-8 is malformed, and not mended", async () => {
  const json = Buffer.from('{"options":{"initContainerImage":"\xff"}}', "latin1");
  const { status, body } = await post(
    "HTTP/1.1",
    server.port,
    pathOf(),
    { "content-type": "application/json" },
    json,
  );
  assert.equal(status, 400);
  assert.match(JSON.parse(body.toString()).message, /^malformed request: .*utf-8/);
});

test("a deadline of more days than a timer counts is no reason to fail", async () => {
  for (const timeout of ["43200M", "2592000S", "99999999H", "5S"]) {
    const headers = { "content-type": "application/grpc", "grpc-timeout": timeout, te: "trailers" };
    const session = connectHttp2(`http://127.0.0.1:${server.port}`);
    const stream = session.request({ ":method": "POST", ":path": pathOf(), ...headers });
    const trailers = once(stream, "trailers");
    stream.resume();
    // Later than a timer that fires at once.
    setTimeout(() => stream.end(frame(encode("binary", {}))), 50);
    const [{ "grpc-status": code }] = await trailers;
    assert.equal(Number(code), 0, timeout);
    session.destroy();
  }
});

for (const [type, header, timeout] of [
  ["application/grpc-web+proto", "grpc-timeout", "99999999H"],
  ["application/proto", "connect-timeout-ms", "9999999999"],
] as const) {
  test(`a ${header} of ${type} of more days than a timer counts sets none`, async () => {
    const warnings: Error[] = [];
    const listen = (warning: Error): void => void warnings.push(warning);
    process.on("warning", listen);
    const request = encode("binary", {});
    const { status } = await post(
      "HTTP/1.1",
      server.port,
      pathOf(),
      { "content-type": type, [header]: timeout },
      Buffer.from(type.startsWith("application/grpc") ? frame(request) : request),
    );
    process.off("warning", listen);
    assert.equal(status, 200);
    assert.deepEqual(warnings, []);
  });
}

test("an encoding and a content type that are not served are named in the error", async () => {
  const zstd = { "content-type": "application/json", "content-encoding": "zstd" };
  const encoded = await post("HTTP/1.1", server.port, pathOf(), zstd, Buffer.from("{}"));
  assert.match(JSON.parse(encoded.body.toString()).message, /zstd/);
  const text = await post(
    "HTTP/2",
    server.port,
    pathOf(),
    { "content-type": "text/plain" },
    Buffer.from("{}"),
  );
  assert.equal(text.status, 415);
  assert.match(JSON.parse(text.body.toString()).message, /text\/plain/);
});

test("a path that is not ASCII is UNIMPLEMENTED", async () => {
  for (const type of ["application/grpc", "application/json"]) {
    const path = Buffer.from("/é\u{1f600}").toString("latin1");
    const { status, headers } = await post(
      "HTTP/2",
      server.port,
      path,
      { "content-type": type },
      Buffer.from("{}"),
    );
    assert.ok(headers["grpc-status"] === "12" || status === 404, type);
  }
});

test("a client that leaves in the middle of a call harms nobody", async () => {
  const socket = connect(server.port, "127.0.0.1", () => {
    socket.write(`${HEAD}Host: x\r\nContent-Length: 100\r\n\r\n{`, () => socket.resetAndDestroy());
  });
  await once(socket, "close");
  const session = connectHttp2(`http://127.0.0.1:${server.port}`);
  const stream = session.request({
    ":method": "POST",
    ":path": pathOf(),
    "content-type": "application/json",
  });
  stream.on("error", () => {});
  stream.write("{");
  await once(session, "remoteSettings");
  session.destroy();
});
