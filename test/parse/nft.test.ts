import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { linkChains } from "../../src/analyze/link.ts";
import { lines, parsed, refusal } from "./parsed.ts";

const GOLDEN = join(import.meta.dirname, "golden");

/** Set it to write what the parser answers now into the golden file, and read the difference. */
const UPDATE = process.env["UPDATE_GOLDEN"] === "1";

/** A ruleset with the statements given as the only rule of a chain at the output hook. */
function ruleset(family: string, ...statements: readonly object[]): string {
  const chain = { family, table: "t", name: "out", type: "nat", hook: "output", prio: -100 };
  return JSON.stringify({
    nftables: [
      { table: { family, name: "t" } },
      { chain },
      { rule: { family, table: "t", chain: "out", expr: statements } },
    ],
  });
}

function match(left: object, right: unknown, op = "=="): object {
  return { match: { op, left, right } };
}

/** The rules of one chain as text, family by family. */
function rulesOf(text: string): readonly string[] {
  return lines(parsed(text).chains).flatMap((line) => (line.startsWith("  ") ? line.slice(9) : []));
}

const skuid = { meta: { key: "skuid" } };
const daddr = { payload: { protocol: "ip", field: "daddr" } };

test("a ruleset that nft printed is the chains that the golden file says", () => {
  const text = readFileSync(join(GOLDEN, "mesh.nft.json"), "utf8");
  const { chains, form, detected, warnings } = parsed(text);
  assert.equal(form, "nft-json");
  assert.equal(detected, "the ruleset as JSON of nft 1.0.6");
  assert.deepEqual(warnings, [
    "the table bridge b is not about IP packets, and is left out",
    "the table netdev n is not about IP packets, and is left out",
  ]);
  assert.ok(linkChains(chains).ok);
  const path = join(GOLDEN, "mesh.chains.txt");
  const actual = `${lines(chains).join("\n")}\n`;
  if (UPDATE) writeFileSync(path, actual);
  assert.equal(actual, readFileSync(path, "utf8"));
});

test("an owner that is not somebody is an owner all the same", () => {
  assert.deepEqual(rulesOf(ruleset("ip", match(skuid, 1500, "!="), { return: null })), [
    "-m owner --uid-owner 0-4294967295 -m owner ! --uid-owner 1500 -j RETURN",
  ]);
});

test("a condition on an address of one family never holds for the other, negated or not", () => {
  assert.deepEqual(rulesOf(ruleset("inet", match(daddr, "192.0.2.1", "!="), { accept: null })), [
    "! -d 192.0.2.1/32 -j ACCEPT",
  ]);
});

test("a port condition of a protocol asks for the protocol, once", () => {
  const port = (protocol: string) => match({ payload: { protocol, field: "dport" } }, 80);
  const tcp = match({ meta: { key: "l4proto" } }, "tcp");
  assert.deepEqual(rulesOf(ruleset("ip", port("tcp"), { drop: null })), ["-p tcp -m tcp --dport 80 -j DROP"]);
  assert.deepEqual(rulesOf(ruleset("ip", tcp, port("th"), { drop: null })), [
    "-p tcp -m tcp --dport 80 -j DROP",
  ]);
  assert.deepEqual(rulesOf(ruleset("ip", tcp, port("udp"), { drop: null })), []);
  const [rule] = parsed(ruleset("ip", port("th"), { drop: null })).chains[0]?.rules ?? [];
  assert.equal(rule?.matches[0]?.kind, "unknown");
});

test("tables of iptables-nft are those of iptables, and what nft hides is said", () => {
  const chain = { family: "ip", table: "nat", name: "OUTPUT", type: "nat", hook: "output", prio: -100 };
  const rule = { family: "ip", table: "nat", chain: "OUTPUT" };
  const text = JSON.stringify({
    nftables: [
      { table: { family: "ip", name: "nat" } },
      { chain },
      {
        rule: {
          ...rule,
          expr: [
            { xt: { type: "match", name: "comment" } },
            { xt: { type: "match", name: "multiport" } },
            { counter: { packets: 7, bytes: 420 } },
            { xt: { type: "target", name: "REDIRECT" } },
          ],
        },
      },
      { rule: { ...rule, expr: [{ xt: { type: "target", name: "MASQUERADE" } }] } },
    ],
  });
  const { chains, warnings } = parsed(text);
  assert.deepEqual(warnings, [
    "nft does not tell the arguments of 3 matches and targets of iptables; iptables-save does",
  ]);
  assert.deepEqual(chains, [
    {
      family: "ipv4",
      table: "nat",
      name: "OUTPUT",
      hook: "OUTPUT",
      rules: [
        {
          matches: [{ kind: "unknown", name: "multiport", text: "xt match multiport" }],
          target: { kind: "unknown", name: "REDIRECT", text: "xt target REDIRECT" },
          origins: [],
          reason: "",
          counters: { packets: 7, bytes: 420 },
        },
        {
          matches: [],
          target: { kind: "source-nat", name: "MASQUERADE", text: "xt target MASQUERADE" },
          origins: [],
          reason: "",
        },
      ],
    },
  ]);
});

test("what a rule counts before its last condition is not what it decides", () => {
  const counter = { counter: { packets: 1, bytes: 60 } };
  const counters = (...statements: readonly object[]) =>
    parsed(ruleset("ip", ...statements)).chains[0]?.rules.map((rule) => rule.counters);
  assert.deepEqual(counters(counter, match(skuid, 1), { drop: null }), [undefined]);
  assert.deepEqual(counters(match(skuid, 1), counter, { log: {} }, { drop: null }), [
    undefined,
    { packets: 1, bytes: 60 },
  ]);
});

test("what is no ruleset is refused", () => {
  const cases: Readonly<Record<string, RegExp>> = {
    "{": /expected JSON/,
    '{"nftables": [}': /expected JSON, found "\{"nftables": \[\}"/,
    "{}": /expected an object with a list "nftables"/,
    '{"nftables": [1]}': /expected an object with one member, which is an object, found "nftables\[0\]"/,
    '{"nftables": [{"rule": {"family": "ip", "table": "t"}}]}':
      /expected a rule of a table that stands before it, found "nftables\[0\]"/,
    [`{"nftables": ${"[".repeat(100_000)}`]: /expected at most 64 levels/,
  };
  for (const [text, why] of Object.entries(cases)) assert.match(refusal(text), why, text.slice(0, 80));
});
