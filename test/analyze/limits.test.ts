import assert from "node:assert/strict";
import { test } from "node:test";
import { compareRules } from "../../src/analyze/compare.ts";
import { MAX_UNKNOWN_CONDITIONS } from "../../src/analyze/space.ts";
import { TooComplexError } from "../../src/analyze/too-complex-error.ts";
import { unreachableRules } from "../../src/analyze/unreachable.ts";
import { cidrOf } from "../../src/net/cidr.ts";
import type { Match, Rule } from "../../src/ruleset/rule.ts";
import { destination, jump, RETURN, redirect, TCP } from "../../src/ruleset/vocabulary.ts";
import { chain, linked, rule } from "./linked.ts";

function times<T>(count: number, make: (index: number) => T): readonly T[] {
  return Array.from({ length: count }, (_, index) => make(index));
}

/** Boxes that cross each other in every dimension that has room for it. */
function crossing(index: number): Rule {
  const first = (index * 7919) % 30_000;
  const span = { first, last: first + 20_000 };
  const matches: readonly Match[] = [
    TCP,
    { kind: "source-port", negated: false, range: span },
    { kind: "destination-port", negated: false, range: { first: 30_000 - first, last: 50_000 - first } },
    { kind: "owner-uid", negated: false, ids: { first: (first * 3) % 30_000, last: 50_000 } },
    { kind: "owner-gid", negated: false, ids: { first: (first * 5) % 30_000, last: 50_000 } },
  ];
  return rule(matches, redirect(index + 1));
}

test("rules that cross each other in more ways than the budget allows are given up on", () => {
  const chains = linked([chain("nat", "OUTPUT", ...times(60, crossing))]);
  assert.throws(() => unreachableRules(chains, 1_000), TooComplexError);
  assert.throws(() => compareRules(chains, chains, { budget: 1_000 }), /more than 1000 ways/);
  assert.equal(unreachableRules(linked([chain("nat", "OUTPUT", ...times(5, crossing))])).length, 0);
});

test("a list of ranges takes a budget that grows with its length, and no more", () => {
  const list = (count: number) =>
    linked([
      chain(
        "nat",
        "OUTPUT",
        ...times(count, (i) =>
          rule([destination(cidrOf({ family: "ipv4", value: BigInt(i) << 9n }, 24))], RETURN),
        ),
      ),
    ]);
  assert.deepEqual(unreachableRules(list(1_000), 5_000), []);
  assert.deepEqual(unreachableRules(list(10_000), 50_000), []);
});

test("as many unknown conditions as are allowed are worked through, and one more is refused", () => {
  const unknown = (count: number) =>
    linked([
      chain(
        "nat",
        "OUTPUT",
        ...times(count, (i) => rule([{ kind: "unknown", name: "odd", text: `-m odd ${i}` }], RETURN)),
      ),
    ]);
  const most = unknown(MAX_UNKNOWN_CONDITIONS);
  assert.deepEqual(unreachableRules(most), []);
  assert.equal(compareRules(most, most).equal, true);
  assert.throws(() => unreachableRules(unknown(MAX_UNKNOWN_CONDITIONS + 1)), TooComplexError);
});

test("chains that call each other thousands deep are worked through", () => {
  const names = times(5_000, (i) => `C${i}`);
  const nest = names.map((name, i) =>
    chain("nat", name, rule([], names[i + 1] === undefined ? redirect(1) : jump(names[i + 1] ?? ""))),
  );
  const chains = linked([chain("nat", "OUTPUT", rule([TCP], jump("C0"))), ...nest]);
  assert.deepEqual(unreachableRules(chains), []);
  assert.equal(compareRules(chains, linked([chain("nat", "OUTPUT", rule([TCP], redirect(1)))])).equal, true);
});
