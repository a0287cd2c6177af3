import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { subtract } from "../../src/net/interval-set.ts";
import type { PortRange } from "../../src/net/port.ts";
import {
  compactRanges,
  MULTIPORT_SLOTS,
  multiportSlots,
  portSet,
  splitMultiport,
  toRanges,
} from "../../src/net/port-set.ts";
import { port } from "./arbitraries.ts";

function range(first: number, last = first): PortRange {
  return { first: port(first), last: port(last) };
}

const ranges = fc
  .tuple(fc.integer({ min: 1, max: 300 }), fc.integer({ min: 1, max: 300 }))
  .map(([a, b]) => range(Math.min(a, b), Math.max(a, b)));
const narrowRanges = fc
  .tuple(fc.integer({ min: 1, max: 65000 }), fc.nat({ max: 3 }))
  .map(([first, more]) => range(first, first + more));

function portsOf(list: readonly PortRange[]): ReadonlySet<number> {
  return new Set(
    list.flatMap(({ first, last }) => Array.from({ length: last - first + 1 }, (_, i) => first + i)),
  );
}

describe("compacting port ranges", () => {
  test("joins neighbours, overlaps and repeats", () => {
    assert.deepEqual(compactRanges([range(81), range(80), range(80), range(90, 95), range(93, 99)]), [
      range(80, 81),
      range(90, 99),
    ]);
  });

  test("reaches both ends of the port numbers", () => {
    assert.deepEqual(compactRanges([range(1, 65535)]), [range(1, 65535)]);
    assert.deepEqual(compactRanges([range(65535), range(1)]), [range(1), range(65535)]);
  });

  test("keeps exactly the ports, in as few ranges as there are runs of them", () => {
    fc.assert(
      fc.property(fc.array(ranges, { maxLength: 12 }), (list) => {
        const compact = compactRanges(list);
        const ports = portsOf(list);
        assert.deepEqual(portsOf(compact), ports);
        assert.equal(compact.length, [...ports].filter((value) => !ports.has(value - 1)).length);
      }),
    );
  });

  test("follows the algebra on the set", () => {
    const rest = subtract(portSet([range(1, 65535)]), portSet([range(15000, 15003)]));
    assert.deepEqual(toRanges(rest), [range(1, 14999), range(15004, 65535)]);
  });

  test("refuses a set with numbers that are not ports", () => {
    assert.throws(() => toRanges([{ start: 0, end: 10 }]), RangeError);
    assert.throws(() => toRanges([{ start: 1, end: 65537 }]), RangeError);
  });
});

describe("splitting for multiport", () => {
  const slotsOf = (group: readonly PortRange[]) => group.reduce((sum, item) => sum + multiportSlots(item), 0);

  test("no ranges need no match", () => assert.deepEqual(splitMultiport([]), []));

  test("fifteen single ports fit in one match and sixteen do not", () => {
    const singles = Array.from({ length: 16 }, (_, i) => range(100 + 2 * i));
    assert.deepEqual(splitMultiport(singles.slice(0, 15)), [singles.slice(0, 15)]);
    assert.deepEqual(splitMultiport(singles), [singles.slice(0, 15), singles.slice(15)]);
  });

  test("a range takes two slots: seven and a single port fill a match", () => {
    const wide = Array.from({ length: 7 }, (_, i) => range(100 + 10 * i, 105 + 10 * i));
    assert.deepEqual(splitMultiport([...wide, range(9000)]), [[...wide, range(9000)]]);
    assert.equal(splitMultiport([...wide, range(9000, 9001)]).length, 2);
  });

  test("single ports before many ranges do not cost a match", () => {
    const singles = Array.from({ length: 15 }, (_, i) => range(1 + 2 * i));
    const wide = Array.from({ length: 15 }, (_, i) => range(100 + 10 * i, 105 + 10 * i));
    assert.equal(splitMultiport([...singles, ...wide]).length, 3);
  });

  test("keeps every range once, in groups that fit and rise, and as few of them as can be", () => {
    fc.assert(
      fc.property(fc.array(narrowRanges, { maxLength: 80 }), (list) => {
        const groups = splitMultiport(list);
        const byPort = (a: PortRange, b: PortRange) => a.first - b.first || a.last - b.last;
        assert.deepEqual(groups.flat().sort(byPort), list.toSorted(byPort));
        for (const group of groups) {
          assert.ok(group.length > 0 && slotsOf(group) <= MULTIPORT_SLOTS);
          assert.deepEqual(group, group.toSorted(byPort));
        }
        const wide = list.filter((item) => multiportSlots(item) === 2).length;
        assert.equal(groups.length, Math.max(Math.ceil(slotsOf(list) / 15), Math.ceil(wide / 7)));
      }),
      { numRuns: 300 },
    );
  });
});
