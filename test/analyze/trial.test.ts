import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { shadowedRules } from "../../src/analyze/trial.ts";
import { unreachableByDiagrams } from "../../src/analyze/unreachable.ts";
import type { IpFamily } from "../../src/net/address.ts";
import { planPod } from "../../src/plan.ts";
import { DIALECTS, type TrafficSpec } from "../../src/policy/inputs.ts";
import type { Chain, Match, Target } from "../../src/ruleset/rule.ts";
import {
  ACCEPT,
  destination,
  destinationPort,
  jump,
  not,
  outInterface,
  ownedBy,
  RETURN,
  redirect,
  source,
  TCP,
} from "../../src/ruleset/vocabulary.ts";
import { tableChains } from "./arbitraries.ts";
import { chain, range as cidr, linked, rule, text } from "./linked.ts";

const RUNS = 1_000;

const UNKNOWN_TO_TRIALS: readonly Match["kind"][] = [
  "source-set",
  "destination-set",
  "source-port",
  "source-multiport",
  "connection-state",
  "unknown",
];

/** Random rules that ask only what trials know. */
function askingPlainly(chains: readonly Chain[]): readonly Chain[] {
  const isPlain = (match: Match) =>
    !UNKNOWN_TO_TRIALS.includes(match.kind) && !(match.kind === "protocol" && match.protocol === "odd");
  return chains.map((each) => ({
    ...each,
    rules: each.rules.map((body) => ({ ...body, matches: body.matches.filter(isPlain) })),
  }));
}

/** How many rules a trial tells of, when it tells: as the diagrams do. */
function agreeing(family: IpFamily, chains: readonly Chain[]): number | undefined {
  const own = linked(chains).callersFirst;
  const told = shadowedRules(family, own);
  if (told === undefined) return undefined;
  const lines = told.map(({ rule: dead, by }) => [text(dead), "shadowed", by.map(text)]);
  const known = unreachableByDiagrams(family, own).map(({ rule: dead, cause }) => [
    text(dead),
    cause.kind,
    "by" in cause ? cause.by.map(text) : [],
  ]);
  assert.deepEqual(lines.toSorted(), known.toSorted());
  return told.length;
}

/** Of random rule sets, how many a trial tells of, how many rules it names in them, and how many it leaves to the diagrams. */
function agreements(family: IpFamily, sets: fc.Arbitrary<readonly Chain[]>) {
  const counts = { told: 0, named: 0, left: 0 };
  const count = fc.property(sets, (chains) => {
    const told = agreeing(family, chains);
    if (told === undefined) counts.left++;
    else counts.told++;
    counts.named += told ?? 0;
  });
  fc.assert(count, { numRuns: RUNS });
  return counts;
}

for (const family of ["ipv4", "ipv6"] as const) {
  test(`what sending ${family} packets tells is what the diagrams tell`, (t) => {
    const sets = tableChains(family, "nat", ["PREROUTING", "OUTPUT"]).map(askingPlainly);
    const counts = agreements(family, sets);
    // Most random sets have a rule that no other one shadows, which only the diagrams tell.
    assert.ok(counts.told > RUNS / 100 && counts.named > RUNS / 100, JSON.stringify(counts));
    t.diagnostic(JSON.stringify(counts));
  });
}

test("the rules of every dialect are few enough for it, with lists as the page has them", () => {
  const lists: readonly TrafficSpec[] = [
    {},
    { outboundIpRangeExclusionList: ["1.1.1.1/32", "2.2.2.2/24"], outboundPortExclusionList: [6379, 7070] },
    { outboundIpRangeExclusionList: ["10.1.0.0/16", "10.0.0.0/8"], inboundPortExclusionList: [15010] },
    { outboundIpRangeInclusionList: ["10.96.0.0/12"], networkInterfaceExclusionList: ["net+", "net1"] },
  ];
  for (const dialect of DIALECTS) {
    for (const traffic of lists) {
      const options = { dialect, ipFamilies: "ipv4", enforcement: "report" } as const;
      const outcome = planPod({ meshConfig: { spec: { traffic } }, options });
      if (outcome.kind !== "planned") throw new Error(outcome.kind);
      assert.notEqual(agreeing("ipv4", outcome.plan.chains), undefined, dialect);
    }
  }
});

const PAIRS = Array.from({ length: 128 }, (_, pair) => `10.1.2.${2 * pair}/31`);
const NETWORKS = Array.from({ length: 128 }, (_, network) => `${network < 64 ? 10 : 127}.${network}.0.0/24`);

/** All parts of a network or most, or parts of many networks; and a range that may hold some of them. */
const LIST = fc
  .record({
    kind: fc.constantFrom("source", "destination"),
    ranges: fc.oneof(
      fc.constant(PAIRS),
      fc.subarray(PAIRS, { minLength: 70 }),
      fc.subarray(NETWORKS, { minLength: 70 }),
    ),
    last: fc.constantFrom<readonly string[]>([], [], [], ["10.1.2.0/30"], ["10.0.0.0/8"], ["192.0.2.0/24"]),
    target: fc.constantFrom<Target>(RETURN, redirect(1), ACCEPT, jump("SECOND")),
  })
  .map(({ kind, ranges, last, target }) =>
    [...ranges, ...last].map((range) => rule([{ kind, negated: false, range: cidr(range) }], target)),
  );

/** Rules that tell some addresses of the lists apart from others, and rules that do not. */
const OTHERS = fc.array(
  fc.constantFrom(
    rule([destination(cidr("10.1.2.0/24"))], RETURN),
    rule([destination(cidr("10.1.2.192/26")), TCP], redirect(3)),
    rule([destination(cidr("10.1.2.96/27")), TCP], RETURN),
    rule([source(cidr("10.1.2.128/25"))], RETURN),
    rule([destination(cidr("192.0.2.0/25"))], RETURN),
    rule([not(destination(cidr("10.1.0.0/16"))), ownedBy(1500)], RETURN),
    rule([TCP, destinationPort(80)], RETURN),
    rule([ownedBy(1500)], RETURN),
    rule([outInterface("lo")], RETURN),
    rule([TCP, destinationPort(80)], redirect(4)),
  ),
  { maxLength: 3 },
);

test("one range of a long list stands for those that no other rule can tell from it", (t) => {
  const parts = fc.tuple(OTHERS, LIST, OTHERS, OTHERS, fc.option(LIST, { nil: [] }), OTHERS);
  const sets = parts.map(([before, list, behind, first, second, last]) => [
    chain("nat", "OUTPUT", ...before, ...list, ...behind, rule([], jump("FIRST")), rule([], jump("SECOND"))),
    chain("nat", "FIRST", ...first, ...second, ...last),
    chain("nat", "SECOND", rule([TCP], redirect(5))),
  ]);
  const counts = agreements("ipv4", sets);
  assert.ok(counts.told > RUNS / 50 && counts.named > RUNS / 500, JSON.stringify(counts));
  t.diagnostic(JSON.stringify(counts));
});

test("addresses are all listed also where a range of the list reaches beyond what others tell apart", () => {
  const listed = [...PAIRS.slice(0, 32), "10.1.2.64/26", ...NETWORKS.slice(64)];
  const chains = [
    chain(
      "nat",
      "OUTPUT",
      rule([destination(cidr("10.1.2.96/27")), TCP], RETURN),
      ...listed.map((range) => rule([destination(cidr(range))], RETURN)),
      rule([destination(cidr("10.1.2.0/25"))], redirect(1)),
    ),
  ];
  assert.equal(agreeing("ipv4", chains), undefined);
});

test("lists that are told by one range of theirs are as long as they like", () => {
  const traffic = {
    outboundIpRangeExclusionList: Array.from({ length: 5_000 }, (_, i) => `10.${i >> 8}.${i & 255}.0/25`),
  };
  for (const dialect of DIALECTS) {
    const options = { dialect, ipFamilies: "ipv4", enforcement: "report" } as const;
    const outcome = planPod({ meshConfig: { spec: { traffic } }, options });
    if (outcome.kind !== "planned") throw new Error(outcome.kind);
    assert.notEqual(shadowedRules("ipv4", linked(outcome.plan.chains).callersFirst), undefined, dialect);
  }
});

test("lists of ranges inside one another, and chains that call each other in many ways, are left to the diagrams", () => {
  const ranges = Array.from({ length: 70 }, (_, i) =>
    rule([destination(cidr(i === 69 ? "10.0.0.0/8" : `10.${i}.0.0/16`))], RETURN),
  );
  const ladder = Array.from({ length: 9 }, (_, i) => {
    const step = rule([TCP], i === 8 ? redirect(1) : jump(`STEP_${i + 1}`));
    return chain("nat", i === 0 ? "OUTPUT" : `STEP_${i}`, step, step, step, step, step);
  });
  for (const chains of [[chain("nat", "OUTPUT", ...ranges)], ladder]) {
    assert.equal(shadowedRules("ipv4", linked(chains).callersFirst), undefined);
  }
});
