import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type Finding, finding } from "../../src/policy/finding.ts";
import { refusal } from "../../src/service/refusal.ts";
import type { ServiceError } from "../../src/service/service-error.ts";
import { encodeStatus } from "../../src/service/status.ts";

function bad(message: string, code: Finding["code"] = "INVALID_PORT"): Finding {
  return finding(code, { field: "pod.spec", value: "x", message, remedy: "Change it." });
}

function detailsOf({ details }: ServiceError) {
  const [badRequest, errorInfo] = details;
  assert.ok(badRequest?.kind === "bad-request" && errorInfo?.kind === "error-info");
  return { violations: badRequest.value.fieldViolations ?? [], info: errorInfo.value };
}

test("each finding that refuses is a violation, in order; the others are counted", () => {
  const error = refusal([bad("one"), bad("two", "HOST_BITS_SET"), bad("three", "EMPTY_ITEM")], "strict");
  const { violations, info } = detailsOf(error);
  assert.equal(error.code, "INVALID_ARGUMENT");
  assert.equal(error.message, "pod.spec: one (and 1 more)");
  assert.deepEqual(violations, [
    { field: "pod.spec", description: "one", reason: "INVALID_PORT" },
    { field: "pod.spec", description: "three", reason: "EMPTY_ITEM" },
  ]);
  assert.deepEqual(info.metadata, { findings: "2", shown: "2", remarks: "1", remedy: "Change it." });
});

test("under report, what would only be reported is no violation", () => {
  const { violations } = detailsOf(refusal([bad("one", "RESERVED_PORT_IN_USE"), bad("two")], "report"));
  assert.deepEqual(
    violations.map(({ reason }) => reason),
    ["INVALID_PORT"],
  );
});

test("any number of findings with any text fits into 8 KiB of trailers, and none is lost without a word", () => {
  const property = fc.property(
    fc.integer({ min: 1, max: 1000 }),
    fc.array(fc.string({ unit: "binary", maxLength: 400 }), { minLength: 1, maxLength: 5 }),
    (count, messages) => {
      const findings = Array.from({ length: count }, (_, index) =>
        bad(messages[index % messages.length] ?? ""),
      );
      const error = refusal(findings, "strict");
      const { violations, info } = detailsOf(error);
      const shown = Number(info.metadata?.["shown"]);
      assert.equal(violations.length, shown + (shown < count ? 1 : 0));
      if (shown < count) {
        const left = count - shown;
        const [number] = violations.at(-1)?.description?.split(" ") ?? [];
        assert.equal(Number(number), left);
      }
      const base64 = Math.ceil((encodeStatus(error).byteLength * 4) / 3);
      assert.ok(base64 + encodeURI(error.message).length < 8000);
    },
  );
  fc.assert(property, { numRuns: 25 });
});

test("a lone surrogate does not get into an error", () => {
  const { message } = refusal([bad("a\ud800b")], "strict");
  assert.ok(message.isWellFormed());
});

test("a refusal without a finding that refuses is a bug", () => {
  assert.throws(() => refusal([bad("one", "HOST_BITS_SET")], "strict"), /without a finding/);
});
