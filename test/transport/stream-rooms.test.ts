import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as wait } from "node:timers/promises";
import { create, toBinary } from "@bufbuild/protobuf";
import { PlanStreamRequestSchema } from "../../src/gen/redirect/v1/plan_stream_pb.ts";
import { FLAG, FRAME, grpcHeaders, http2Frame, PREFACE } from "./attack/wire.ts";
import { pathOf } from "./clients/client.ts";
import { frame } from "./clients/connect.ts";
import { endpointOf } from "./clients/endpoint.ts";
import { EVERY_STREAM_CLIENT, planStream } from "./clients/stream.ts";
import { testServer } from "./test-server.ts";
import { UNIX_SOCKET } from "./ways.ts";

const MESSAGES = 5;

const items = (whose: string) => ({
  items: Array.from({ length: 200 }, (_, index) => ({ id: `${whose}${index}` })),
});

// A paused connection of TCP opens its window so slowly that to read on takes minutes.
const server = testServer({}, UNIX_SOCKET);

test("what lies before a connection is not overwritten with answers to others", async () => {
  const slow = endpointOf(server.target).connect("HTTP/2").pause();
  slow.write(opening());
  const asked = frame(toBinary(PlanStreamRequestSchema, create(PlanStreamRequestSchema, items("mine"))));
  for (let sent = 0; sent < MESSAGES; sent++) slow.write(http2Frame(FRAME.data, 0, 1, asked));
  // Until the connection takes no more.
  await wait(300);
  for (const client of EVERY_STREAM_CLIENT.filter(({ format }) => format === "binary")) {
    const { results } = await planStream(client, server.target, [items("theirs")]);
    assert.equal(results.length, 200);
  }

  const received: Buffer[] = [];
  slow.on("data", (chunk: Buffer) => received.push(chunk)).resume();
  const text = (): string => Buffer.concat(received).toString("latin1");
  const results = (): number => text().match(/mine/g)?.length ?? 0;
  for (let times = 0; times < 100 && results() < MESSAGES * 200; times++) await wait(100);
  slow.destroy();
  assert.equal(results(), MESSAGES * 200);
  assert.doesNotMatch(text(), /theirs/);
});

/** What a connection begins with that has windows as wide as they get, and one stream. */
function opening(): Buffer {
  return Buffer.concat([
    PREFACE,
    // The setting 4 is the window of a stream.
    http2Frame(FRAME.settings, 0, 0, Buffer.from([0, 4, 0x7f, 0xff, 0xff, 0xff])),
    http2Frame(FRAME.window, 0, 0, Buffer.from([0x7f, 0xff, 0, 0])),
    http2Frame(FRAME.headers, FLAG.endHeaders, 1, grpcHeaders(pathOf("PlanStream"))),
  ]);
}
