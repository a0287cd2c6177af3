import assert from "node:assert/strict";
import { test } from "node:test";
import type { Command } from "../../src/ruleset/command.ts";
import type { Rule, Target } from "../../src/ruleset/rule.ts";
import { TableState } from "../../src/ruleset/table-state.ts";

/** A rule with a comment to tell it by. */
function rule(text: string, target: Target = { kind: "return" }): Rule {
  return { matches: [{ kind: "comment", text }], target, origins: [], reason: "" };
}

/** The comments of the rules of a chain, in order. */
function comments(state: TableState, name: string): readonly string[] | undefined {
  const chain = state.chains().find((candidate) => candidate.name === name);
  return chain?.rules.map(({ matches: [match] }) => (match?.kind === "comment" ? match.text : ""));
}

function applied(commands: readonly Command[]): TableState {
  const state = new TableState("ipv4", "nat");
  for (const command of commands) assert.equal(state.apply(command), undefined);
  return state;
}

test("rules inserted at the head stand in the reverse order of their insertion", () => {
  const state = applied([
    { kind: "append", chain: "OUTPUT", rule: rule("last") },
    { kind: "insert", chain: "OUTPUT", rule: rule("second") },
    { kind: "insert", chain: "OUTPUT", rule: rule("first") },
  ]);
  assert.deepEqual(comments(state, "OUTPUT"), ["first", "second", "last"]);
});

test("positions count from 1, and one behind the last rule takes an insertion", () => {
  const state = applied([
    { kind: "insert", chain: "OUTPUT", rule: rule("b") },
    { kind: "insert-at", chain: "OUTPUT", position: 2, rule: rule("c") },
    { kind: "insert-at", chain: "OUTPUT", position: 1, rule: rule("a") },
    { kind: "replace", chain: "OUTPUT", position: 2, rule: rule("B") },
    { kind: "delete-at", chain: "OUTPUT", position: 1 },
  ]);
  assert.deepEqual(comments(state, "OUTPUT"), ["B", "c"]);
  assert.match(
    state.apply({ kind: "insert-at", chain: "OUTPUT", position: 4, rule: rule("x") }) ?? "",
    /number 4/,
  );
  assert.match(state.apply({ kind: "delete-at", chain: "OUTPUT", position: 3 }) ?? "", /number 3/);
  assert.match(state.apply({ kind: "delete-at", chain: "OUTPUT", position: 0 }) ?? "", /number 0/);
});

test("a deletion takes the first equal rule, also among rules inserted after a search", () => {
  const state = applied([
    { kind: "append", chain: "OUTPUT", rule: rule("a") },
    { kind: "append", chain: "OUTPUT", rule: rule("b") },
    { kind: "check", chain: "OUTPUT", rule: rule("b") },
    { kind: "insert", chain: "OUTPUT", rule: rule("b") },
    { kind: "append", chain: "OUTPUT", rule: rule("c") },
    { kind: "delete", chain: "OUTPUT", rule: rule("b") },
  ]);
  assert.deepEqual(comments(state, "OUTPUT"), ["a", "b", "c"]);
  assert.equal(state.apply({ kind: "delete", chain: "OUTPUT", rule: rule("d") }), "no such rule");
});

test("what the kernel refuses changes nothing and says why", () => {
  const state = applied([
    { kind: "new-chain", chain: "A" },
    { kind: "new-chain", chain: "B" },
    { kind: "append", chain: "OUTPUT", rule: rule("jump", { kind: "jump", chain: "A" }) },
    { kind: "append", chain: "B", rule: rule("in B") },
  ]);
  const refusals: [Command, RegExp][] = [
    [{ kind: "new-chain", chain: "A" }, /A already exists/],
    [{ kind: "new-chain", chain: "OUTPUT" }, /OUTPUT already exists/],
    [{ kind: "append", chain: "C", rule: rule("x") }, /no chain is called C/],
    [{ kind: "append", chain: "B", rule: rule("x", { kind: "goto", chain: "C" }) }, /called C/],
    [{ kind: "flush", chain: "C" }, /no chain is called C/],
    [{ kind: "delete-chain", chain: "A" }, /A is still jumped to/],
    [{ kind: "delete-chain", chain: "B" }, /B is not empty/],
    [{ kind: "delete-chain", chain: "INPUT" }, /INPUT is built in/],
    [{ kind: "delete-chain" }, /A is still jumped to/],
    [{ kind: "rename-chain", chain: "A", name: "B" }, /B already exists/],
    [{ kind: "rename-chain", chain: "INPUT", name: "C" }, /INPUT is built in/],
    [{ kind: "set-policy", chain: "A", policy: "drop" }, /A is not built in/],
  ];
  const before = state.chains();
  for (const [command, why] of refusals) assert.match(state.apply(command) ?? "", why);
  assert.deepEqual(state.chains(), before);
});

test("a rename follows the jumps, and a flush of everything lets every chain go", () => {
  const state = applied([
    { kind: "new-chain", chain: "A" },
    { kind: "append", chain: "OUTPUT", rule: rule("jump", { kind: "jump", chain: "A" }) },
    { kind: "rename-chain", chain: "A", name: "Z" },
  ]);
  assert.deepEqual(state.chains().find(({ name }) => name === "OUTPUT")?.rules[0]?.target, {
    kind: "jump",
    chain: "Z",
  });
  assert.equal(state.apply({ kind: "flush" }), undefined);
  assert.equal(state.apply({ kind: "delete-chain" }), undefined);
  assert.deepEqual(state.chains(), []);
});

test("a declaration creates a chain, or empties the one that is there", () => {
  const state = applied([
    { kind: "declare-chain", chain: "A" },
    { kind: "append", chain: "A", rule: rule("gone") },
    { kind: "declare-chain", chain: "A" },
    { kind: "append", chain: "A", rule: rule("stays") },
  ]);
  assert.deepEqual(comments(state, "A"), ["stays"]);
});

test("a copy goes its own way, and a built-in chain with policy drop is told even when empty", () => {
  const state = applied([{ kind: "set-policy", chain: "OUTPUT", policy: "drop" }]);
  const copy = state.copy();
  assert.equal(copy.apply({ kind: "reset" }), undefined);
  assert.deepEqual(copy.chains(), []);
  assert.deepEqual(
    state.chains().map(({ name, policy }) => [name, policy]),
    [["OUTPUT", "drop"]],
  );
});
