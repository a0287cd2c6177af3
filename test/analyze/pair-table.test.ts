import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { PairTable } from "../../src/analyze/pair-table.ts";

test("a table of pairs gives back what it was given last, and nothing for other pairs", () => {
  const number = fc.oneof(fc.nat(50), fc.nat(2 ** 31 - 2), fc.constantFrom(0, 2 ** 31 - 2));
  fc.assert(
    fc.property(
      fc.array(fc.tuple(number, number, fc.nat()), { maxLength: 500 }),
      fc.array(fc.tuple(number, number)),
      (entries, others) => {
        const table = new PairTable<number>();
        const known = new Map<string, number>();
        for (const [first, second, value] of entries) {
          table.set(first, second, value);
          known.set(`${first} ${second}`, value);
        }
        const pairs = [...entries.map(([first, second]) => [first, second] as const), ...others];
        for (const [first, second] of pairs)
          assert.equal(table.get(first, second), known.get(`${first} ${second}`));
      },
    ),
  );
});

test("a table of pairs stays right through many times its first size", () => {
  const table = new PairTable<number>();
  for (let i = 0; i < 100_000; i++) table.set(i % 317, i, i);
  for (let i = 0; i < 100_000; i++) assert.equal(table.get(i % 317, i), i);
  assert.equal(table.get(317, 0), undefined);
});
