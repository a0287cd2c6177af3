import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { MAX_QUOTED, quote, quoteKey } from "../../src/policy/quote.ts";

test("a value of plain letters, also of other scripts, is repeated as it is", () => {
  for (const value of ["", "80", "10.0.0.0/8", "a b", "Grüße", "８０", "ポート", "💣", 'it\'s "so"']) {
    assert.equal(quote(value), value);
  }
});

test("what a reader would not see, or a terminal would act on, is written by its number", () => {
  const escapes: [string, string][] = [
    ["\0", "\\u{0}"],
    ["\x1b[31m", "\\u{1b}[31m"],
    ["a\nb\r", "a\\u{a}b\\u{d}"],
    ["\u0085", "\\u{85}"],
    ["\u00a080", "\\u{a0}80"],
    ["\u2003", "\\u{2003}"],
    ["\u2028\u2029", "\\u{2028}\\u{2029}"],
    ["\ufeff\u200b", "\\u{feff}\\u{200b}"],
    ["\u202e08", "\\u{202e}08"],
    ["\ud800", "\\u{d800}"],
    ["\u{e0041}", "\\u{e0041}"],
    ["\uffff", "\\u{ffff}"],
  ];
  for (const [value, shown] of escapes) assert.equal(quote(value), shown);
});

test("a long value is cut and its length told", () => {
  assert.equal(quote("x".repeat(MAX_QUOTED)), "x".repeat(MAX_QUOTED));
  assert.equal(quote("x".repeat(5000)), `${"x".repeat(MAX_QUOTED)}… (5000 characters)`);
  // A cut through a pair leaves a half, which is no character.
  assert.match(quote(`${"x".repeat(MAX_QUOTED - 1)}💣`), /x\\u\{d83d\}… \(129 characters\)$/);
});

test("what is quoted is short, on one line, and well formed, whatever it was", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 200 }), (value) => {
      const shown = quote(value);
      assert.ok(shown.isWellFormed());
      assert.ok(shown.length <= MAX_QUOTED * 10 + 30);
      assert.doesNotMatch(shown, /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
    }),
  );
});

test("a key in a path ends where it ends", () => {
  assert.equal(quoteKey("openservicemesh.io/x"), '"openservicemesh.io/x"');
  assert.equal(quoteKey('a"]["b'), '"a\\"][\\"b"');
  assert.equal(quoteKey("a\\"), '"a\\\\"');
});
