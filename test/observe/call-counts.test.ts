import assert from "node:assert/strict";
import { test } from "node:test";
import { createCallCounts } from "../../src/observe/call-counts.ts";
import { expose } from "../../src/observe/exposition.ts";

const STREAM = { path: "/a.B/Stream", type: "bidi_stream" } as const;
const UNARY = { path: "/a.B/Unary", type: "unary" } as const;

test("messages are those that a stream had, and one each way of a unary call that went well", () => {
  const counts = createCallCounts([STREAM, UNARY]);
  const ended = { protocol: "grpc", durationMs: 1, requestBytes: 0, responseBytes: 0 } as const;
  for (const { path } of [STREAM, UNARY, UNARY]) counts.start(path);
  counts.count({ ...ended, method: STREAM.path, code: "CANCELLED", messages: { received: 5, sent: 4 } });
  counts.count({ ...ended, method: UNARY.path, code: "OK" });
  counts.count({ ...ended, method: UNARY.path, code: "INVALID_ARGUMENT" });
  const lines = expose(counts.metrics).split("\n");
  const stream = 'grpc_type="bidi_stream",grpc_service="a.B",grpc_method="Stream"';
  const unary = 'grpc_type="unary",grpc_service="a.B",grpc_method="Unary"';
  for (const line of [
    `grpc_server_started_total{${stream}} 1`,
    `grpc_server_msg_received_total{${stream}} 5`,
    `grpc_server_msg_sent_total{${stream}} 4`,
    `grpc_server_handled_total{${stream},grpc_code="CANCELLED",protocol="grpc"} 1`,
    `grpc_server_handling_seconds_count{${stream}} 1`,
    `grpc_server_started_total{${unary}} 2`,
    `grpc_server_msg_received_total{${unary}} 2`,
    `grpc_server_msg_sent_total{${unary}} 1`,
  ]) {
    assert.ok(lines.includes(line), line);
  }
});

test("a method that was never called has no series, and what is not served has one name", () => {
  const counts = createCallCounts([UNARY]);
  counts.start("/what/ever");
  const text = expose(counts.metrics);
  assert.match(
    text,
    /grpc_server_started_total\{grpc_type="unary",grpc_service="other",grpc_method="other"\} 1/,
  );
  assert.doesNotMatch(text, /Unary|ever/);
});
