import assert from "node:assert/strict";
import { connect, type IncomingHttpHeaders } from "node:http2";
import { test } from "node:test";
import { setImmediate } from "node:timers/promises";
import { gzipSync } from "node:zlib";
import { encode, pathOf } from "./clients/client.ts";
import { testServer } from "./test-server.ts";

const server = testServer();

const REQUEST = encode("binary", { pod: { metadata: { name: "often" } } });
const MESSAGE = framed(REQUEST);

function framed(message: Uint8Array, flags = 0): Buffer {
  const head = Buffer.alloc(5);
  head.writeUInt8(flags);
  head.writeUInt32BE(message.byteLength, 1);
  return Buffer.concat([head, message]);
}

/** What a client sees of an answer. */
interface Seen {
  readonly contentType: string | undefined;
  readonly body: string;
  readonly status: string | undefined;
  readonly message: string | undefined;
  readonly details: string | undefined;
}

/** Sends a body in pieces, each in a frame of HTTP/2 of its own. */
async function call(
  port: number,
  pieces: readonly Buffer[],
  headers: IncomingHttpHeaders = {},
): Promise<Seen> {
  const session = connect(`http://127.0.0.1:${port}`);
  const stream = session.request({
    ":method": "POST",
    ":path": pathOf(),
    "content-type": "application/grpc",
    te: "trailers",
    ...headers,
  });
  let fields: IncomingHttpHeaders = {};
  const note = (more: IncomingHttpHeaders): void => {
    fields = { ...fields, ...more };
  };
  stream.on("response", note).on("trailers", note);
  const send = async (): Promise<void> => {
    for (const piece of pieces) {
      stream.write(piece);
      await setImmediate();
    }
    stream.end();
  };
  void send();
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  session.close();
  const { "content-type": contentType, "grpc-status": status, "grpc-message": message } = fields;
  return {
    contentType,
    body: Buffer.concat(chunks).toString("latin1"),
    status: status?.toString(),
    message: message?.toString(),
    details: fields["grpc-status-details-bin"]?.toString(),
  };
}

const SHAPES: Readonly<Record<string, [readonly Buffer[], IncomingHttpHeaders?]>> = {
  "one message": [[MESSAGE]],
  "a deadline": [[MESSAGE], { "grpc-timeout": "10S" }],
  "a message in two pieces": [[MESSAGE.subarray(0, 7), MESSAGE.subarray(7)]],
  "a message byte by byte": [[...MESSAGE].map((byte) => Buffer.from([byte]))],
  "two messages at once": [[Buffer.concat([MESSAGE, MESSAGE])]],
  "two messages, one after the other": [[MESSAGE, MESSAGE]],
  "a message and the beginning of another": [[MESSAGE, MESSAGE.subarray(0, 3)]],
  "a message that breaks off": [[MESSAGE.subarray(0, -1)]],
  "a compressed message": [[framed(gzipSync(REQUEST), 1)], { "grpc-encoding": "gzip" }],
  "a message that says it is compressed and is not": [[framed(REQUEST, 1)], { "grpc-encoding": "gzip" }],
  "a message that is refused": [[framed(encode("binary", { pod: { spec: { hostNetwork: true } } }))]],
  "a message that is none": [[framed(Buffer.from([0xff]))]],
  "no deadline that can be read": [[MESSAGE], { "grpc-timeout": "soon" }],
  "no message": [[]],
  "an empty piece": [[Buffer.alloc(0)]],
  "an unknown compression": [[MESSAGE], { "grpc-encoding": "zstd" }],
};

/** The same body in pieces that only grpc-js puts together. */
function byteByByte(pieces: readonly Buffer[]): readonly Buffer[] {
  return pieces.flatMap((piece) => Array.from(piece, (byte) => Buffer.from([byte])));
}

test("a call is answered as grpc-js answers it, whatever its shape", async () => {
  for (const [shape, [pieces, headers]] of Object.entries(SHAPES)) {
    const expected = await call(server.port, byteByByte(pieces), headers);
    const seen = await call(server.port, pieces, headers);
    // grpc-js says OK in words, too, which nobody reads.
    assert.deepEqual({ ...seen, message: seen.message ?? "OK" }, expected, shape);
  }
});

test("a call is a line of the log with its sizes, when its answer is kept, too", async () => {
  for (const _time of ["first", "second"]) {
    const { body } = await call(server.port, [MESSAGE]);
    const line = server.log.at(-1);
    assert.equal(line?.["code"], "OK");
    assert.equal(line["method"], pathOf());
    assert.equal(line["requestBytes"], REQUEST.byteLength);
    assert.equal(line["responseBytes"], body.length - 5);
  }
});
