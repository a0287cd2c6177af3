import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { MAX_PORT_TEXT, parsePort, parsePortRange, portFromNumber } from "../../src/net/port.ts";
import { hostileText } from "./arbitraries.ts";

const outOfRange = { kind: "out-of-range", first: 1, last: 65535 };

describe("a port", () => {
  for (const [text, value] of [
    ["1", 1],
    ["80", 80],
    ["65535", 65535],
    ["+80", 80],
    ["0080", 80],
    ["+0080", 80],
    ["010", 10],
    [`${"0".repeat(MAX_PORT_TEXT - 2)}80`, 80],
  ] as const) {
    test(`${text} is read as ${value}`, () => assert.deepEqual(parsePort(text), { ok: true, value }));
  }

  for (const text of ["0", "+0", "-0", "000", "-1", "-80", "65536", "99999", "9".repeat(MAX_PORT_TEXT)]) {
    test(`${text} is out of range`, () =>
      assert.deepEqual(parsePort(text), { ok: false, error: outOfRange }));
  }

  for (const text of [
    ...["-", "--1", "++1", "+", "+-1", "1+"],
    ...[" 80", "80 ", "8 0", "80\n", "\t80", "80\u00a0", "\ufeff80", "80\0"],
    ...["8e3", "0x50", "0b1", "0o17", "80.0", "80.", ".8", "8_0", "8,0", "NaN", "Infinity", "http", "80n"],
    ...["\uff18\uff10", "\u0668\u0660", "8\u00b2", "\u{1d7d8}"],
    ...["$(id)", "80;id", "80`id`"],
  ]) {
    test(`${JSON.stringify(text)} is not a whole number`, () => {
      assert.deepEqual(parsePort(text), { ok: false, error: { kind: "not-a-whole-number" } });
    });
  }

  test("an empty text is told apart", () => {
    assert.deepEqual(parsePort(""), { ok: false, error: { kind: "empty" } });
  });

  test("a text over the limit is refused with both lengths", () => {
    const length = 10_000_000;
    assert.deepEqual(parsePort("0".repeat(length)), {
      ok: false,
      error: { kind: "too-long", length, limit: MAX_PORT_TEXT },
    });
  });

  test("is read back from what any port number prints as, with any zeros before it", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 65535 }),
        fc.nat({ max: 20 }),
        fc.boolean(),
        (value, zeros, plus) => {
          const text = `${plus ? "+" : ""}${"0".repeat(zeros)}${value}`;
          assert.deepEqual(parsePort(text), { ok: true, value });
        },
      ),
    );
  });

  test("is never made of anything but ASCII digits after an optional plus", () => {
    fc.assert(
      fc.property(hostileText, (text) => {
        const result = parsePort(text);
        if (!result.ok) return;
        assert.match(text, /^\+?0*[1-9][0-9]{0,4}$/);
        assert.ok(result.value >= 1 && result.value <= 65535);
      }),
      { numRuns: 2000 },
    );
  });
});

describe("a port from a number", () => {
  for (const value of [80.5, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 1e-7]) {
    test(`${value} is not a whole number`, () => {
      assert.deepEqual(portFromNumber(value), { ok: false, error: { kind: "not-a-whole-number" } });
    });
  }
  for (const value of [0, -0, -1, 65536, 2 ** 31, Number.MAX_SAFE_INTEGER, Number.MAX_VALUE]) {
    test(`${value} is out of range`, () => {
      assert.deepEqual(portFromNumber(value), { ok: false, error: outOfRange });
    });
  }
  test("the ends are in range", () => {
    assert.deepEqual(portFromNumber(1), { ok: true, value: 1 });
    assert.deepEqual(portFromNumber(65535), { ok: true, value: 65535 });
  });
});

describe("a port range", () => {
  test("has both ends, or is a single port", () => {
    assert.deepEqual(parsePortRange("8000-8010"), { ok: true, value: { first: 8000, last: 8010 } });
    assert.deepEqual(parsePortRange("8000-8000"), { ok: true, value: { first: 8000, last: 8000 } });
    assert.deepEqual(parsePortRange("8000"), { ok: true, value: { first: 8000, last: 8000 } });
  });

  test("that runs backwards is refused with its ends", () => {
    assert.deepEqual(parsePortRange("81-80"), {
      ok: false,
      error: { kind: "reversed", first: 81, last: 80 },
    });
  });

  for (const [text, kind] of [
    ["80-", "empty"],
    ["", "empty"],
    ["-", "not-a-whole-number"],
    ["80-90-100", "not-a-whole-number"],
    ["80 - 90", "not-a-whole-number"],
    ["80\u201390", "not-a-whole-number"],
    ["80:90", "not-a-whole-number"],
    ["0-90", "out-of-range"],
    ["-80", "out-of-range"],
    ["80-65536", "out-of-range"],
  ] as const) {
    test(`${JSON.stringify(text)} is refused: ${kind}`, () => {
      const result = parsePortRange(text);
      assert.equal(result.ok ? "accepted" : result.error.kind, kind);
    });
  }
});
