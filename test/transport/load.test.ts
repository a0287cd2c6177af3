import assert from "node:assert/strict";
import { test } from "node:test";
import { Code, ConnectError } from "@connectrpc/connect";
import { ServiceError } from "../../src/service/service-error.ts";
import { createLoad } from "../../src/transport/load.ts";
import { encode, type Format } from "./clients/client.ts";
import { EVERY_CLIENT } from "./clients/every-client.ts";
import { EVERY_STREAM_CLIENT, planStream } from "./clients/stream.ts";
import { testServer } from "./test-server.ts";

const KIB = 1024;

/** Room for the request of one of the tests below at a time, and not for twice as much. */
const server = testServer({ limits: { inFlightBytes: 100 * KIB } });

/** A request of about so many bytes. */
function requestOf(format: Format, bytes: number): Uint8Array {
  return encode(format, { pod: { metadata: { labels: { long: "x".repeat(bytes) } } } });
}

function isOverload(error: unknown): boolean {
  return error instanceof ServiceError && error.code === "UNAVAILABLE";
}

test("calls share the load, each beside what all may have", () => {
  const { share } = createLoad({ inFlightBytes: 100 * KIB, queueMs: 500 });
  const [a, b, c] = [share(), share(), share()];
  a.add(164 * KIB);
  b.add(64 * KIB);
  assert.throws(() => c.add(65 * KIB), isOverload);
  c.clear();
  a.clear();
  b.add(100 * KIB);
  assert.throws(() => b.add(1), isOverload);
});

test("a share that was given back may be filled again", () => {
  const { add, clear } = createLoad({ inFlightBytes: 100 * KIB, queueMs: 500 }).share();
  for (let message = 0; message < 10; message++) {
    add(164 * KIB);
    clear();
  }
});

for (const { name, format, call } of EVERY_CLIENT) {
  test(`${name}: a request that there is no room for is refused, and those that follow have theirs`, async () => {
    for (let round = 0; round < 3; round++) {
      const { code, errorInfo } = await call(server.target, requestOf(format, 300 * KIB));
      assert.deepEqual([code, errorInfo?.reason], ["UNAVAILABLE", "OVERLOADED"]);
      assert.equal((await call(server.target, requestOf(format, 120 * KIB))).code, "OK");
    }
  });
}

for (const client of EVERY_STREAM_CLIENT) {
  test(`${client.name}: a message of a stream is held only until it is answered`, async () => {
    const message = (bytes: number) => ({
      items: [{ request: { pod: { metadata: { labels: { long: "x".repeat(bytes) } } } } }],
    });
    // A request of HTTP/1 is read whole before its messages are answered.
    const [count, bytes] = client.version === "HTTP/1.1" ? [1, 120 * KIB] : [5, 120 * KIB];
    const messages = Array.from({ length: count }, () => message(bytes));
    const { results, error } = await planStream(client, server.target, messages);
    assert.deepEqual([results.length, error], [count, undefined]);

    const refused = await planStream(client, server.target, [message(300 * KIB)]);
    assert.equal(ConnectError.from(refused.error).code, Code.Unavailable);
  });
}
