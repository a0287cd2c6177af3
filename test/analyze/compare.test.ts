import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { analysisOf, valueFor } from "../../src/analyze/analysis.ts";
import { compareRules } from "../../src/analyze/compare.ts";
import { decisionsOf } from "../../src/analyze/decisions.ts";
import { differenceOf, effectProjection } from "../../src/analyze/difference.ts";
import { fateKey } from "../../src/analyze/fate.ts";
import type { LinkedChains } from "../../src/analyze/link.ts";
import type { Packet } from "../../src/analyze/packet.ts";
import { walk } from "../../src/analyze/walk.ts";
import type { Chain } from "../../src/ruleset/rule.ts";
import {
  ACCEPT,
  destination,
  destinationPort,
  destinationPorts,
  jump,
  RETURN,
  redirect,
  TCP,
} from "../../src/ruleset/vocabulary.ts";
import { packet, rulesetChains } from "./arbitraries.ts";
import { chain, linked, range, rule, text } from "./linked.ts";

function effect(chains: LinkedChains, each: Packet): string {
  return fateKey(walk(chains, each).decision.fate).replace("accepted", "untouched");
}

const ALL = rule([TCP], redirect(15001));

test("rules that decide the same for every packet are equal, however they are written", () => {
  const plain = [
    chain(
      "nat",
      "OUTPUT",
      rule([destination(range("10.0.0.0/8"))], RETURN),
      rule([TCP, destinationPort(80)], RETURN),
      rule([TCP, destinationPort(81)], RETURN),
      ALL,
    ),
  ];
  const rewritten = [
    chain("nat", "OUTPUT", rule([], jump("OWN"))),
    chain(
      "nat",
      "OWN",
      rule([TCP, destinationPorts([{ first: 80, last: 81 }])], ACCEPT),
      rule([destination(range("10.128.0.0/9"))], RETURN),
      rule([{ kind: "comment", text: "the other half" }, destination(range("10.0.0.0/9"))], ACCEPT),
      rule([destination(range("10.1.0.0/16"))], { kind: "drop" }),
      ALL,
    ),
  ];
  const comparison = compareRules(linked(plain), linked(rewritten));
  assert.deepEqual(comparison, { equal: true, differences: [], count: 0n, notModelled: [] });
});

test("an exclusion that is missing is one region, with its size, a packet and the rules that decide", () => {
  const before = [chain("nat", "OUTPUT", rule([destination(range("10.0.0.0/8"))], RETURN), ALL)];
  const after = [chain("nat", "OUTPUT", ALL)];
  const { equal, differences, count } = compareRules(linked(before), linked(after));
  assert.equal(equal, false);
  assert.equal(count, 1n);
  const [only] = differences;
  assert.ok(only !== undefined);
  assert.equal(only.example.destination.address, 0x0a000001n);
  assert.equal(only.example.protocol, 6);
  assert.equal(only.before.by && text(only.before.by), "-A OUTPUT -d 10.0.0.0/8 -j RETURN");
  assert.equal(only.after.by && text(only.after.by), "-A OUTPUT -p tcp -j REDIRECT --to-ports 15001");
  // Owners that are both there or both not, source ports and addresses, destination ports, 2^24 destinations; NEW and
  // RELATED, by lo or by another interface.
  assert.equal(only.size, (2n ** 64n + 1n) * 2n ** 16n * 2n ** 32n * 2n ** 16n * 2n ** 24n * 2n * 2n);
});

test("the order of rules counts where they meet, and only there", () => {
  const [a, b, c] = ["10.0.0.0/8", "10.1.0.0/16", "192.0.2.0/24"].map((cidr) => destination(range(cidr)));
  if (!a || !b || !c) throw new Error("three ranges");
  const chains = (...rules: Parameters<typeof chain>[2][]) => linked([chain("nat", "OUTPUT", ...rules, ALL)]);
  const ra = rule([a], RETURN);
  const rb = rule([TCP, b], redirect(1));
  const rc = rule([TCP, c], redirect(2));
  assert.equal(compareRules(chains(ra, rb, rc), chains(rc, ra, rb)).equal, true);
  const swapped = compareRules(chains(ra, rb), chains(rb, ra));
  assert.equal(swapped.equal, false);
  assert.deepEqual(swapped.differences[0]?.after.fate, { kind: "redirected", port: 1 });
});

test("rules of one family that the other set does not have are a difference", () => {
  const six: Chain = { ...chain("nat", "OUTPUT", ALL), family: "ipv6" };
  const { differences } = compareRules(linked([]), linked([six]));
  assert.deepEqual(
    differences.map(({ family, direction }) => `${family} ${direction}`),
    ["ipv6 outbound"],
  );
});

test("what hangs on a condition or a target that is not modelled is said", () => {
  const local = { kind: "unknown", name: "addrtype", text: "-m addrtype --dst-type LOCAL" } as const;
  const output = (...rules: Parameters<typeof chain>[2][]) => linked([chain("nat", "OUTPUT", ...rules)]);
  const both = compareRules(output(rule([local], ACCEPT), ALL), output(rule([local], ACCEPT), ALL));
  assert.deepEqual([both.equal, both.notModelled], [true, ["-m addrtype --dst-type LOCAL in nat"]]);
  const noEffect = compareRules(output(rule([local], ACCEPT)), output());
  assert.deepEqual([noEffect.equal, noEffect.notModelled], [true, []]);
  const odd = rule([], { kind: "unknown", name: "TPROXY", text: "TPROXY --on-port 1" });
  assert.deepEqual(compareRules(output(odd), output(odd)).notModelled, ["-j TPROXY --on-port 1"]);
});

test("two sets of rules differ for a packet exactly where the difference says so", () => {
  fc.assert(
    fc.property(
      fc.constantFrom("ipv4" as const, "ipv6" as const).chain((family) =>
        fc.tuple(rulesetChains(family), rulesetChains(family)).chain(([one, two]) => {
          const rules = [linked(one), linked(two)] as const;
          const { space } = analysisOf(
            family,
            rules.flatMap(({ all }) => all),
          );
          const names = space.axes.flatMap((axis) => (axis.kind === "condition" ? axis.name : []));
          const packets = fc.array(packet(family, names), { minLength: 30, maxLength: 30 });
          return fc.record({ family: fc.constant(family), rules: fc.constant(rules), packets });
        }),
      ),
      ({ family, rules: [before, after], packets }) => {
        const analysis = analysisOf(family, [...before.all, ...after.all]);
        for (const direction of ["inbound", "outbound"] as const) {
          const effectOf = effectProjection(analysis);
          const from = effectOf(decisionsOf(analysis, before, direction));
          const to = effectOf(decisionsOf(analysis, after, direction));
          const difference = differenceOf(analysis, from, to, direction);
          for (const each of packets.filter((candidate) => candidate.direction === direction)) {
            const change = valueFor(analysis, difference, each);
            assert.equal(change !== undefined, effect(before, each) !== effect(after, each));
          }
        }
        for (const { example, before: was, after: is } of compareRules(before, after, { limit: 20 })
          .differences) {
          assert.notEqual(effect(before, example), effect(after, example));
          assert.deepEqual(walk(before, example).decision, was);
          assert.deepEqual(walk(after, example).decision, is);
        }
      },
    ),
    { numRuns: 150 },
  );
});

test("only packets of the families that are asked for count", () => {
  const six = {
    ...chain("nat", "OUTPUT", rule([TCP], { kind: "redirect", port: 15001 })),
    family: "ipv6",
  } as const;
  for (const [families, equal] of [
    [["ipv4"], true],
    [["ipv6"], false],
    [["ipv4", "ipv6"], false],
  ] as const) {
    assert.equal(compareRules(linked([]), linked([six]), { families }).equal, equal);
  }
});
