import assert from "node:assert/strict";
import { once } from "node:events";
import { type ClientHttp2Stream, connect } from "node:http2";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { create, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import { PlanResponseSchema } from "../../src/gen/redirect/v1/plan_pb.ts";
import { PlanStreamRequestSchema } from "../../src/gen/redirect/v1/plan_stream_pb.ts";
import { redirectPlanner } from "../../src/service/planner.ts";
import { encode, pathOf } from "./clients/client.ts";
import { frame } from "./clients/connect.ts";
import { grpc } from "./clients/grpc.ts";
import { EVERY_STREAM_CLIENT } from "./clients/stream.ts";
import { streamByHand } from "./clients/stream-by-hand.ts";
import { testServer } from "./test-server.ts";

const LIMIT_BYTES = 4 * 1024 * 1024;

/** A plan that costs nothing, for requests that ask for nothing. */
const ANSWER = create(PlanResponseSchema, { script: "x".repeat(5000) });

let planned = 0;
const server = testServer({
  // Every item is to reach the handler.
  limits: { keptAnswerBytes: 0 },
  handlers: {
    ...redirectPlanner,
    plan(request) {
      planned++;
      if (request.options?.initContainerImage === "explode") throw new TypeError("secret of the planner");
      return request.options === undefined ? ANSWER : redirectPlanner.plan(request);
    },
  },
});

const BINARY = EVERY_STREAM_CLIENT.filter(({ format }) => format === "binary");
const JSON_TEXT = EVERY_STREAM_CLIENT.filter(({ format }) => format === "json");

function message(init: MessageInitShape<typeof PlanStreamRequestSchema>): Uint8Array {
  return toBinary(PlanStreamRequestSchema, create(PlanStreamRequestSchema, init));
}

function outcomes(results: Awaited<ReturnType<typeof streamByHand>>["results"]) {
  return results.map(({ id, result }) => [
    id,
    result.case === "error" ? result.value.message.replace(/(?<=malformed request).*/s, "") : result.case,
  ]);
}

test("an item that is no message gets an error, and the items around it their plans", async () => {
  const broken = Buffer.concat([
    message({ items: [{ id: "a" }] }),
    // An item with the id "b" and a request that is one bad byte; one that promises more bytes than it has.
    Buffer.from([0x12, 6, 0x0a, 1, 0x62, 0x12, 1, 0xff]),
    Buffer.from([0x12, 4, 0x0a, 1, 0x63, 0x0a]),
    message({ items: [{ id: "d" }] }),
  ]);
  for (const client of BINARY) {
    const { results, code } = await streamByHand(client, server.port, frame(broken));
    assert.deepEqual(
      [code, outcomes(results)],
      [
        "OK",
        [
          ["a", "response"],
          ["b", "malformed request"],
          ["", "malformed request"],
          ["d", "response"],
        ],
      ],
      client.name,
    );
  }
});

test("an item of the wrong shape of JSON gets an error, and the items around it their plans", async () => {
  const json = JSON.stringify({
    items: [
      { id: "a", request: { managedFields: 1 } },
      { id: "b", request: { meshConfig: { spec: { traffic: { inboundPortExclusionList: ["http"] } } } } },
      { id: "c", request: { options: { dialect: "DIALECT_OSM_V9" } } },
      { id: 4 },
      7,
      { id: "d", request: null },
    ],
  });
  for (const client of JSON_TEXT) {
    const { results, code } = await streamByHand(client, server.port, frame(Buffer.from(json)));
    assert.equal(code, "OK", client.name);
    assert.deepEqual(
      outcomes(results),
      [
        ["a", "response"],
        ["b", "malformed request"],
        ["c", "options.dialect: 'DIALECT_OSM_V9' is no value of redirect.v1.Dialect"],
        ["", "malformed request"],
        ["", "malformed request"],
        ["d", "response"],
      ],
      client.name,
    );
  }
});

test("defaults of JSON stand in for fields by either of their names, and for null, and spoil items alone", async () => {
  const excluding = (port: number) => ({ spec: { traffic: { outboundPortExclusionList: [port] } } });
  const body = [
    {
      defaults: { mesh_config: excluding(7), options: {} },
      items: [{}, { request: { meshConfig: null } }, { request: { meshConfig: excluding(8) } }],
    },
    {
      defaults: { meshConfig: excluding(9), options: {} },
      items: [{ request: { mesh_config: excluding(8) } }, {}],
    },
    { defaults: 5, items: [{}, { request: 5 }] },
    { defaults: null, items: null },
  ].map((json) => frame(Buffer.from(JSON.stringify(json))));
  for (const client of JSON_TEXT) {
    const { results, code } = await streamByHand(client, server.port, Buffer.concat(body));
    assert.equal(code, "OK", client.name);
    assert.deepEqual(
      results.map(({ result }) =>
        result.case === "response"
          ? result.value.plan?.policy?.outboundPortExclusions.map(({ range }) => range?.first)
          : result.value?.code,
      ),
      [[7], [7], [8], [8], [9], 3, 3],
      client.name,
    );
  }
});

test("an item that meets a bug of the planner is INTERNAL, which is logged, and the others get their plans", async () => {
  const request = { options: { initContainerImage: "explode" } };
  const body = frame(message({ items: [{ id: "a" }, { id: "b", request }, { id: "c" }] }));
  for (const client of BINARY) {
    const { results } = await streamByHand(client, server.port, body);
    assert.deepEqual(
      outcomes(results),
      [
        ["a", "response"],
        ["b", "internal error; the server's log has the details"],
        ["c", "response"],
      ],
      client.name,
    );
    const fault = server.log.findLast(({ level }) => level === "error");
    assert.equal((fault?.["err"] as Error | undefined)?.message, "secret of the planner", client.name);
  }
});

for (const [name, code, pattern, bytes] of [
  ["a message that is none", "INVALID_ARGUMENT", /^malformed request: /, frame(Buffer.from([0xff]))],
  [
    "a message that is cut off",
    "INVALID_ARGUMENT",
    /ends in the middle/,
    frame(Buffer.alloc(9)).subarray(0, 8),
  ],
  ["a flag that is none", "INVALID_ARGUMENT", /flags 4/, Buffer.from([4, 0, 0, 0, 0])],
  [
    "a compressed message without an encoding",
    "INVALID_ARGUMENT",
    /without an encoding/,
    Buffer.from([1, 0, 0, 0, 0]),
  ],
  ["a message over the limit", "RESOURCE_EXHAUSTED", /4194304/, frame(Buffer.alloc(LIMIT_BYTES + 1))],
] as const) {
  test(`${name} ends the stream behind the answers to those before, by every protocol`, async () => {
    for (const client of EVERY_STREAM_CLIENT) {
      const first =
        client.format === "binary"
          ? message({ items: [{ id: "a" }] })
          : Buffer.from('{"items":[{"id":"a"}]}');
      const answer = await streamByHand(client, server.port, Buffer.concat([frame(first), bytes]));
      assert.equal(answer.code, code, client.name);
      assert.match(answer.message, pattern, client.name);
      // Over HTTP/1.1 nothing is answered before the request was read.
      if (client.version === "HTTP/2") assert.equal(answer.results.length, 1, client.name);
    }
  });
}

test("compressed messages are read, and refused when they grow over the limit or are cut off", async () => {
  for (const client of BINARY) {
    const header = client.contentType.startsWith("application/connect")
      ? "connect-content-encoding"
      : "grpc-encoding";
    const compressed = (bytes: Uint8Array): Uint8Array => {
      const framed = frame(bytes);
      framed[0] = 1;
      return framed;
    };
    const send = (bytes: Uint8Array, encoding = "gzip") =>
      streamByHand(client, server.port, compressed(bytes), { [header]: encoding });
    const good = await send(gzipSync(message({ items: [{ id: "a" }] })));
    assert.deepEqual(outcomes(good.results), [["a", "response"]], client.name);
    const bomb = await send(gzipSync(Buffer.alloc(LIMIT_BYTES + 1)));
    assert.equal(bomb.code, "RESOURCE_EXHAUSTED", client.name);
    const cut = await send(gzipSync(Buffer.alloc(100)).subarray(0, 12));
    assert.equal(cut.code, "INVALID_ARGUMENT", client.name);
    const unknown = await send(Buffer.alloc(1), "zstd");
    assert.deepEqual([unknown.code, /zstd/.test(unknown.message)], ["UNIMPLEMENTED", true], client.name);
  }
});

test("over HTTP/1.1 the whole request may have as many bytes as one message", async () => {
  const half = frame(message({ items: [{ id: "a".repeat(LIMIT_BYTES / 2) }] }));
  for (const client of BINARY.filter(({ version }) => version === "HTTP/1.1")) {
    const { code } = await streamByHand(client, server.port, Buffer.concat([half, half]));
    assert.equal(code, "RESOURCE_EXHAUSTED", client.name);
  }
});

test("a content type that no stream has is refused with those that are served", async () => {
  for (const client of EVERY_STREAM_CLIENT) {
    const unary = {
      ...client,
      contentType: client.contentType.replace("connect+", "").replace("web+", "web-text+"),
    };
    if (unary.contentType === client.contentType) continue;
    const last = server.log.length;
    await streamByHand(unary, server.port, Buffer.alloc(0)).catch(() => {});
    assert.equal(server.log.at(last)?.["code"], "UNIMPLEMENTED", client.name);
  }
});

/** A stream of gRPC by hand, on a connection of its own. */
async function withStream<T>(
  headers: Readonly<Record<string, string>>,
  use: (stream: ClientHttp2Stream) => Promise<T>,
): Promise<T> {
  const session = connect(`http://127.0.0.1:${server.port}`);
  try {
    await once(session, "remoteSettings");
    const stream = session.request({
      ":method": "POST",
      ":path": pathOf("PlanStream"),
      "content-type": "application/grpc",
      te: "trailers",
      ...headers,
    });
    return await use(stream);
  } finally {
    session.destroy();
  }
}

test("a stream that is silent until its deadline is told so", async () => {
  await withStream({ "grpc-timeout": "50m" }, async (stream) => {
    stream.write(frame(message({ items: [{ id: "a" }] })));
    const trailers = once(stream, "trailers");
    stream.resume();
    const [{ "grpc-status": code }] = await trailers;
    assert.equal(Number(code), 4);
  });
});

/** Lets a connection go to and fro until nothing is planned any more, and gives how much was planned. */
async function settled({ session }: ClientHttp2Stream): Promise<number> {
  for (let last = -1; last !== planned; ) {
    last = planned;
    // A megabyte of a request takes 16 rounds, each with as much as a window of HTTP/2 has.
    for (let round = 0; round < 100; round++) await new Promise((resolve) => session?.ping(resolve));
  }
  return planned;
}

test("nothing is planned or read ahead of a caller that does not read, and all is there when it does", async () => {
  const items = Array.from({ length: 100 }, (_, index) => ({ id: String(index) }));
  const request = frame(message({ items }));
  const messages = 50;
  await withStream({}, async (stream) => {
    const before = planned;
    stream.pause();
    for (let sent = 0; sent < messages; sent++) stream.write(request);
    stream.end();
    const ahead = (await settled(stream)) - before;
    assert.ok(ahead > 0 && ahead < 200, `${ahead} items were planned of ${messages * items.length}`);

    const unary = await grpc.call(server.port, encode("binary", {}));
    assert.equal(unary.code, "OK", "another caller is served in the meantime");

    let received = 0;
    for await (const chunk of stream) received += chunk.length;
    assert.equal(planned - before - 1, messages * items.length);
    assert.ok(received > messages * items.length * 1000);
  });
});

test("a request is not read ahead of a caller that does not read", async () => {
  const items = [...Array.from({ length: 99 }, () => ({})), { id: "a".repeat(1024 * 1024) }];
  const request = frame(message({ items }));
  await withStream({}, async (stream) => {
    const before = planned;
    stream.pause();
    for (let sent = 0; sent < 16; sent++) stream.write(request);
    const ahead = (await settled(stream)) - before;
    assert.ok(ahead > 0 && ahead < 2 * items.length, `${ahead} items were read`);
  });
});

test("a caller that leaves ends the planning of its items", async () => {
  const items = Array.from({ length: 1000 }, (_, index) => ({ id: String(index) }));
  const before = planned;
  const line = server.nextLine();
  await withStream({}, async (stream) => {
    stream.write(frame(message({ items })));
    await once(stream, "response");
    await once(stream.pause(), "readable");
  });
  assert.equal((await line)["code"], "CANCELLED");
  assert.ok(planned - before < items.length, `${planned - before} items were planned`);
});
