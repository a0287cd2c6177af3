import assert from "node:assert/strict";
import { test } from "node:test";
import { linkChains } from "../../src/analyze/link.ts";
import type { Match } from "../../src/ruleset/rule.ts";
import { jump, RETURN, redirect } from "../../src/ruleset/vocabulary.ts";
import { chain, linked, rule } from "./linked.ts";

function problem(...chains: Parameters<typeof linkChains>[0]): string {
  const result = linkChains(chains);
  return result.ok ? "none" : `${result.error.kind} ${result.error.chain.name}`;
}

test("a jump to a chain that the table does not have is refused", () => {
  assert.equal(problem(chain("nat", "OUTPUT", rule([], jump("GONE")))), "missing-chain OUTPUT");
  const elsewhere = [chain("nat", "OUTPUT", rule([], jump("OWN"))), chain("filter", "OWN")];
  assert.equal(problem(...elsewhere), "missing-chain OUTPUT");
});

test("two chains of one name are refused in one table, and taken in two", () => {
  assert.equal(problem(chain("nat", "OWN"), chain("nat", "OWN")), "duplicate-chain OWN");
  assert.equal(problem(chain("nat", "OWN"), chain("filter", "OWN")), "none");
  assert.equal(
    problem({ ...chain("nat", "OWN"), namespace: "a" }, { ...chain("nat", "OWN"), namespace: "b" }),
    "none",
  );
});

test("a loop of jumps is refused, however long and wherever it is", () => {
  assert.equal(problem(chain("nat", "OWN", rule([], jump("OWN")))), "loop OWN");
  const names = Array.from({ length: 50_000 }, (_, i) => `C${i}`);
  const ring = names.map((name, i) =>
    chain("nat", name, rule([], { kind: "goto", chain: names[i + 1] ?? "C0" })),
  );
  assert.equal(problem(...ring), "loop C0");
});

test("a translation outside the nat table, or where nat rewrites sources, is refused", () => {
  const redirects = rule([], redirect(1));
  assert.equal(problem(chain("filter", "OWN", redirects)), "misplaced-target OWN");
  assert.equal(problem(chain("nat", "INPUT", redirects)), "misplaced-target INPUT");
  const called = [chain("nat", "INPUT", rule([], jump("OWN"))), chain("nat", "OWN", redirects)];
  assert.equal(problem(...called), "misplaced-target OWN");
  assert.equal(
    problem(chain("nat", "PREROUTING", rule([], jump("OWN"))), chain("nat", "OWN", redirects)),
    "none",
  );
});

test("callers come before the called, however deep the calls", () => {
  const names = Array.from({ length: 50_000 }, (_, i) => `C${i}`);
  const nest = names.map((name, i) => chain("nat", name, rule([], i === 0 ? RETURN : jump(`C${i - 1}`))));
  const sorted = linked(nest).callersFirst.map(({ source }) => source.name);
  assert.deepEqual(sorted, names.toReversed());
});

test("unknown conditions of one steady text share a name, and those that may change have a name each", () => {
  const steady: Match = { kind: "unknown", name: "addrtype", text: "-m addrtype --dst-type LOCAL" };
  const coin: Match = { kind: "unknown", name: "statistic", text: "-m statistic --mode random" };
  const odd: Match = { kind: "protocol", negated: true, protocol: "odd" };
  const translated: Match = { kind: "connection-state", negated: false, states: ["NEW", "DNAT"] };
  const matches = [steady, coin, odd, translated];
  const chains = linked([chain("nat", "OUTPUT", rule(matches, RETURN), rule(matches, RETURN))]);
  const names = chains.all[0]?.rules.map(({ conditions }) =>
    conditions.map((match) => (match.kind === "unknown" ? match.text : "")),
  );
  assert.deepEqual(names, [
    [
      "-m addrtype --dst-type LOCAL in nat",
      "-m statistic --mode random in nat OUTPUT",
      "! -p odd in nat OUTPUT",
      "-m conntrack --ctstate NEW,DNAT in nat OUTPUT",
    ],
    [
      "-m addrtype --dst-type LOCAL in nat",
      "-m statistic --mode random in nat OUTPUT, number 2",
      "! -p odd in nat OUTPUT, number 2",
      "-m conntrack --ctstate NEW,DNAT in nat OUTPUT, number 2",
    ],
  ]);
});
