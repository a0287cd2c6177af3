import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { analysisOf, valueFor } from "../../src/analyze/analysis.ts";
import { decisionsOf } from "../../src/analyze/decisions.ts";
import { examplePacket } from "../../src/analyze/example.ts";
import { cellsOf } from "../../src/analyze/packet-cells.ts";
import { packetCount, regionCount, regionsOf } from "../../src/analyze/region.ts";
import { simplify } from "../../src/analyze/simplify.ts";
import type { IpFamily } from "../../src/net/address.ts";
import { contains } from "../../src/net/interval-set.ts";
import type { Match } from "../../src/ruleset/rule.ts";
import {
  destination,
  destinationPort,
  not,
  outInterface,
  ownedBy,
  TCP,
} from "../../src/ruleset/vocabulary.ts";
import { packet, rulesetChains } from "./arbitraries.ts";
import { linked, range } from "./linked.ts";

const FAMILIES: readonly IpFamily[] = ["ipv4", "ipv6"];

test("the regions of a function are apart, cover every packet, and add up to all packets there are", () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...FAMILIES).chain((family) =>
        rulesetChains(family).chain((chains) => {
          const ready = linked(chains);
          const { space } = analysisOf(family, ready.all);
          const names = space.axes.flatMap((axis) => (axis.kind === "condition" ? axis.name : []));
          const packets = fc.array(packet(family, names), { minLength: 10, maxLength: 10 });
          return fc.record({ family: fc.constant(family), chains: fc.constant(ready), packets });
        }),
      ),
      ({ family, chains, packets }) => {
        const analysis = analysisOf(family, chains.all);
        const { space, sets, world } = analysis;
        for (const direction of ["inbound", "outbound"] as const) {
          const start = world.starting(direction);
          const decisions = decisionsOf(analysis, chains, direction);
          const simple = simplify(space.store, sets, decisions, start);
          if (regionCount(simple, () => true) > 2000n) continue;
          const regions = [...regionsOf(simple, () => true)];
          assert.equal(
            BigInt(regions.length),
            regionCount(simple, () => true),
          );
          const within = regions.map(({ sides }) =>
            sets.and(start, space.store.box(sides, sets.all, sets.none)),
          );
          const total = within.reduce((sum, set) => sum + packetCount(space, set), 0n);
          assert.equal(total, packetCount(space, start));
          for (const [index, set] of within.entries()) {
            const example = examplePacket(space, set, direction);
            assert.ok(example !== undefined);
            assert.ok(valueFor(analysis, set, example));
            assert.equal(valueFor(analysis, decisions, example), regions[index]?.value);
          }
          for (const each of packets.filter((candidate) => candidate.direction === direction)) {
            const cells = cellsOf(space, each);
            const holding = regions.filter(({ sides }) =>
              [...sides].every(([level, side]) => contains(side, cells[level] ?? -1)),
            );
            assert.equal(holding.length, 1);
            assert.equal(holding[0]?.value, valueFor(analysis, decisions, each));
          }
        }
      },
    ),
    { numRuns: 100 },
  );
});

test("a set is counted by the values of every dimension", () => {
  const matches: readonly Match[] = [
    TCP,
    destination(range("10.0.0.0/24")),
    destinationPort(80),
    not(ownedBy(0)),
    outInterface("lo"),
  ];
  const { space, sets } = analysisOf("ipv4", [], matches);
  // States, in-interfaces (none, lo, another), users and groups with the absent one, source ports and addresses, and 256
  // destinations.
  const expected = 5n * 3n * 2n ** 32n * (2n ** 32n + 1n) * 2n ** 16n * 2n ** 32n * 256n;
  assert.equal(packetCount(space, sets.where(matches)), expected);
  assert.equal(packetCount(space, sets.none), 0n);
});

test("an example is a common packet where the set has one, and the nearest to it where it has not", () => {
  const matches: readonly Match[] = [
    TCP,
    ownedBy(1500),
    destination(range("10.0.0.0/8")),
    destinationPort(443),
    outInterface("eth+"),
  ];
  const { space, sets, world } = analysisOf("ipv4", [], matches);
  const example = (conditions: readonly Match[]) =>
    examplePacket(space, sets.and(world.starting("outbound"), sets.where(conditions)), "outbound");
  const common = example([]);
  assert.deepEqual(
    [common?.protocol, common?.state, common?.interface, common?.owner],
    [6, "NEW", "eth0", { uid: 1000, gid: 1000 }],
  );
  assert.equal(common?.destination.address, 0xc6336407n);
  const special = example(matches);
  assert.deepEqual(
    [special?.owner?.uid, special?.interface, special?.destination],
    [1500, "eth0", { address: 0x0a000001n, port: 443 }],
  );
  assert.equal(example([ownedBy(1), ownedBy(2)]), undefined);
  const kernels = example([not({ kind: "owner-uid", negated: false, ids: { first: 0, last: 4294967295 } })]);
  assert.equal(kernels !== undefined && "owner" in kernels, false);
});
