import assert from "node:assert/strict";
import { test } from "node:test";
import { createLogger } from "../../src/observe/logger.ts";

test("a log line is one line of JSON with the level by name and the time as ISO 8601", () => {
  const lines: string[] = [];
  createLogger({ destination: { write: (line) => lines.push(line) } }).warn({ path: "a\nb" }, "careful");
  const [line = "", ...others] = lines;
  assert.deepEqual(others, []);
  assert.equal(line.trimEnd().split("\n").length, 1);
  const { time, ...rest } = JSON.parse(line);
  assert.deepEqual(rest, { level: "warn", path: "a\nb", msg: "careful" });
  assert.equal(new Date(time).toISOString(), time);
});
