import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import fc from "fast-check";
import type { FinishedCall } from "../../src/observe/call.ts";
import { createLogger, type LogLevel } from "../../src/observe/logger.ts";

const LOGGER = new URL("../../src/observe/logger.ts", import.meta.url);

const CALL: FinishedCall = {
  method: '/a "quoted" path\n',
  protocol: "grpc",
  code: "OK",
  durationMs: 0.125,
  requestBytes: 1,
  responseBytes: 2,
  peer: undefined,
  digest: "sha256:00",
  payload: { request: { name: "✓" } },
};

/** The lines that a logger writes. */
function linesOf(log: (logger: ReturnType<typeof createLogger>) => void, level: LogLevel = "info") {
  const lines: string[] = [];
  log(createLogger({ level, destination: { write: (line) => lines.push(line) } }));
  return lines;
}

test("a log line is one line of JSON with the level by name and the time as ISO 8601", () => {
  const [line = "", ...others] = linesOf((logger) => logger.warn({ path: "a\nb" }, "careful"));
  assert.deepEqual(others, []);
  assert.equal(line.trimEnd().split("\n").length, 1);
  const { time, ...rest } = JSON.parse(line);
  assert.deepEqual(rest, { level: "warn", path: "a\nb", msg: "careful" });
  assert.equal(new Date(time).toISOString(), time);
});

/** Calls as they can be: what comes from a caller may be any text. */
const calls: fc.Arbitrary<FinishedCall> = fc.record(
  {
    method: fc.string({ unit: "binary" }),
    protocol: fc.constantFrom("grpc", "grpc-web", "connect"),
    code: fc.constantFrom("OK", "INVALID_ARGUMENT"),
    durationMs: fc.double({ min: 0, max: 1e6, noNaN: true }),
    requestBytes: fc.nat(),
    responseBytes: fc.nat(),
    peer: fc.option(fc.string({ unit: "binary" }), { nil: undefined }),
    requestId: fc.option(fc.string(), { nil: undefined }),
    messages: fc.option(fc.record({ received: fc.nat(), sent: fc.nat() }), { nil: undefined }),
    digest: fc.constantFrom(undefined, "sha256:00"),
    payload: fc.option(fc.record({ request: fc.jsonValue(), response: fc.jsonValue() }), { nil: undefined }),
    traceparent: fc.option(fc.string(), { nil: undefined }),
  },
  { requiredKeys: ["method", "protocol", "code", "durationMs", "requestBytes", "responseBytes"] },
);

test("the line of a call is the line that any other message of its fields has", () => {
  const said = (line: string): unknown => ({ ...JSON.parse(line), time: "then" });
  fc.assert(
    fc.property(calls, (call) => {
      const [ofCall = "", ofMessage = ""] = linesOf((logger) => {
        logger.call(call);
        logger.info({ ...call }, "call");
      });
      assert.deepEqual(said(ofCall), said(ofMessage));
      assert.match(ofCall, /^\{"level":"info","time":"[^"\n]+"[^\n]*\}\n$/);
    }),
  );
});

test("a call is logged at level info", () => {
  assert.equal(linesOf((logger) => logger.call(CALL), "info").length, 1);
  assert.equal(linesOf((logger) => logger.call(CALL), "warn").length, 0);
});

test("standard error gets every line, whole and in order, however many, however long, and at the exit of the process", () => {
  const lengths = [
    ...Array.from({ length: 2_000 }, (_, index) => index % 300),
    50_000,
    200_000,
    3,
    44_000,
    1,
  ];
  const program = `
    import { createLogger } from ${JSON.stringify(LOGGER.href)};
    const logger = createLogger();
    for (const [index, length] of ${JSON.stringify(lengths)}.entries()) {
      const text = "✓".repeat(length);
      if (index % 3 === 0) logger.info({ method: text }, "no call");
      else logger.call({ ...${JSON.stringify(CALL)}, method: text });
    }
  `;
  const { stderr, status } = spawnSync(process.execPath, ["--input-type=module", "--eval", program], {
    encoding: "utf8",
    maxBuffer: 1 << 24,
  });
  assert.equal(status, 0);
  const lines = stderr.trimEnd().split("\n");
  assert.deepEqual(
    lines.map((line) => JSON.parse(line).method.length),
    lengths,
  );
  assert.ok(lines.every((line) => /^✓*$/.test(JSON.parse(line).method)));
});
