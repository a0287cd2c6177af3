import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
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

test("the line of a call is the line that any other message of its fields has", () => {
  const [ofCall = "", ofMessage = ""] = linesOf((logger) => {
    logger.call(CALL);
    logger.info(CALL, "call");
  });
  const withoutTime = (line: string): string => line.replace(/"time":"[^"]+"/, "");
  assert.equal(withoutTime(ofCall), withoutTime(ofMessage));
  assert.match(ofCall, /^\{"level":"info","time":"[^"]+".*\}\n$/);
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
    for (const length of ${JSON.stringify(lengths)}) logger.info("✓".repeat(length));
  `;
  const { stderr, status } = spawnSync(process.execPath, ["--input-type=module", "--eval", program], {
    encoding: "utf8",
    maxBuffer: 1 << 24,
  });
  assert.equal(status, 0);
  const lines = stderr.trimEnd().split("\n");
  assert.deepEqual(
    lines.map((line) => JSON.parse(line).msg.length),
    lengths,
  );
  assert.ok(lines.every((line) => /^✓*$/.test(JSON.parse(line).msg)));
});
