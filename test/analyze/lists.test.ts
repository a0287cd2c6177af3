import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { analysisOf, valueFor } from "../../src/analyze/analysis.ts";
import { decisionsOf } from "../../src/analyze/decisions.ts";
import { unreachableRules } from "../../src/analyze/unreachable.ts";
import { walk } from "../../src/analyze/walk.ts";
import { cidrOf } from "../../src/net/cidr.ts";
import type { Match, Rule, Target } from "../../src/ruleset/rule.ts";
import {
  ACCEPT,
  destination,
  destinationPort,
  jump,
  not,
  ownedBy,
  RETURN,
  redirect,
  TCP,
} from "../../src/ruleset/vocabulary.ts";
import { chain, linked, rule, sent, text } from "./linked.ts";

/** A range inside 10.0.0.0/28: any of 31. */
const RANGE = fc
  .tuple(fc.integer({ min: 0, max: 15 }), fc.integer({ min: 28, max: 32 }))
  .map(([offset, prefix]) => cidrOf({ family: "ipv4", value: 0x0a000000n + BigInt(offset) }, prefix));

/** Rules that differ in their range alone, and for some lists in what they do at the end. */
function list(targets: readonly Target[]): fc.Arbitrary<readonly Rule[]> {
  const others = fc.constantFrom<readonly Match[]>(
    [],
    [TCP],
    [TCP, ownedBy(1500)],
    [destinationPort(80), not(ownedBy(1500))],
  );
  const ends = fc.oneof(
    fc.constantFrom(...targets).map((target) => [target]),
    fc.constant([RETURN, ACCEPT, redirect(1), redirect(2)]),
  );
  return fc.tuple(others, ends).chain(([matches, among]) =>
    fc.array(
      fc.tuple(RANGE, fc.boolean(), fc.constantFrom(...among)).map(([range, negated, target]) => {
        const one = destination(range);
        return rule([...matches, negated && range.prefix < 31 ? not(one) : one], target);
      }),
      { minLength: 1, maxLength: 12 },
    ),
  );
}

const PACKETS = [6, 17, 1].flatMap((protocol) =>
  [1499, 1500].flatMap((uid) =>
    (protocol === 1 ? [0] : [79, 80]).flatMap((port) =>
      Array.from({ length: 17 }, (_, offset) => {
        const packet = sent({ protocol, uid, port });
        const source = protocol === 1 ? { ...packet.source, port: 0 } : packet.source;
        return { ...packet, source, destination: { port, address: 0x0a000000n + BigInt(offset) } };
      }),
    ),
  ),
);

const CHAINS = fc
  .tuple(
    fc.array(list([RETURN, redirect(1), jump("OWN"), { kind: "goto", chain: "OWN" }, { kind: "none" }]), {
      maxLength: 4,
    }),
    fc.array(list([RETURN, ACCEPT, redirect(3)]), { maxLength: 2 }),
  )
  .map(([output, own]) =>
    linked([chain("nat", "OUTPUT", ...output.flat()), chain("nat", "OWN", ...own.flat())]),
  );

test("lists of overlapping ranges decide as the walk does, for every packet", () => {
  fc.assert(
    fc.property(CHAINS, (chains) => {
      const analysis = analysisOf("ipv4", chains.all);
      const decisions = decisionsOf(analysis, chains, "outbound");
      for (const packet of PACKETS) {
        assert.deepEqual(valueFor(analysis, decisions, packet), walk(chains, packet).decision);
      }
    }),
    { numRuns: 200 },
  );
});

test("of lists of overlapping ranges, exactly the rules that no packet hits are unreachable, and what shadows them is hit", () => {
  fc.assert(
    fc.property(CHAINS, (chains) => {
      const hit = new Set<object>();
      for (const packet of PACKETS) {
        for (const step of walk(chains, packet).steps)
          if (step.kind === "rule" && step.failed === undefined) hit.add(step.rule);
      }
      const dead = new Map(unreachableRules(chains).map(({ rule: found, cause }) => [found, cause]));
      for (const { rules } of chains.all) {
        for (const { ref } of rules) {
          // Packets of other protocols with ports would hit what asks for a port alone.
          if (ref.rule.matches.some(({ kind }) => kind === "destination-port")) continue;
          assert.equal(dead.has(ref), !hit.has(ref), text(ref));
        }
      }
      for (const cause of dead.values()) {
        if (cause.kind === "shadowed") for (const by of cause.by) assert.ok(!dead.has(by));
      }
    }),
    { numRuns: 200 },
  );
});
