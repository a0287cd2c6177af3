/** The symbolic answers against the walk, at length. Each family has a file of its own, so that both cores have work. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { analysisOf, valueAt } from "../../src/analyze/analysis.ts";
import { decisionsOf } from "../../src/analyze/decisions.ts";
import { differenceOf, effectProjection } from "../../src/analyze/difference.ts";
import { type Fate, fateKey } from "../../src/analyze/fate.ts";
import type { LinkedChains } from "../../src/analyze/link.ts";
import { cellsOf } from "../../src/analyze/packet-cells.ts";
import { walk } from "../../src/analyze/walk.ts";
import type { IpFamily } from "../../src/net/address.ts";
import { rulesetChains } from "./arbitraries.ts";
import { linked } from "./linked.ts";
import { numbersFrom, randomPacket } from "./random-packet.ts";

/** How many pairs both families have together. */
const PAIRS = Number(process.env["AGREEMENT_PAIRS"] ?? 1_000);
const PACKETS = 10_000;

function effect(fate: Fate): string {
  return fateKey(fate).replace("accepted", "untouched");
}

/** How many of the packets fare differently under the two sets of rules. */
function differing(family: IpFamily, before: LinkedChains, after: LinkedChains, seed: number): number {
  const analysis = analysisOf(family, [...before.all, ...after.all]);
  const conditions = analysis.space.axes.flatMap((axis) => (axis.kind === "condition" ? axis.name : []));
  const project = effectProjection(analysis);
  const functions = (direction: "inbound" | "outbound") => {
    const was = decisionsOf(analysis, before, direction);
    const is = decisionsOf(analysis, after, direction);
    return { was, is, difference: differenceOf(analysis, project(was), project(is), direction) };
  };
  const by = { inbound: functions("inbound"), outbound: functions("outbound") };
  const next = numbersFrom(seed);
  let count = 0;
  for (let i = 0; i < PACKETS; i++) {
    const packet = randomPacket(next, family, conditions);
    const { was, is, difference } = by[packet.direction];
    const one = walk(before, packet).decision;
    const two = walk(after, packet).decision;
    const cells = cellsOf(analysis.space, packet);
    const context = `seed ${seed}, packet ${i}`;
    for (const [diagram, decision] of [
      [was, one],
      [is, two],
    ] as const) {
      const told = valueAt(diagram, cells);
      if (told.by !== decision.by || fateKey(told.fate) !== fateKey(decision.fate))
        assert.deepEqual(told, decision, context);
    }
    const differs = effect(one.fate) !== effect(two.fate);
    assert.equal(valueAt(difference, cells) !== undefined, differs, context);
    if (differs) count++;
  }
  return count;
}

/** Holds pairs of random rule sets of all tables, and for each pair random packets, against the walk. */
export function checkAgreement(family: IpFamily): void {
  const pairs = Math.ceil(PAIRS / 2);
  test(`${pairs} pairs of ${family} rule sets decide as the walk does, for ${PACKETS} packets each`, (context) => {
    const sets = fc.sample(rulesetChains(family), { seed: 5, numRuns: 2 * pairs });
    let differences = 0;
    for (let pair = 0; pair < pairs; pair++) {
      const [before, after] = [sets[2 * pair], sets[2 * pair + 1]];
      if (before === undefined || after === undefined) throw new Error("a pair has two sets");
      differences += differing(family, linked(before), linked(after), pair);
    }
    context.diagnostic(
      `${pairs} pairs, ${pairs * PACKETS} packets, ${differences} of them with two fates, 0 disagreements`,
    );
  });
}
