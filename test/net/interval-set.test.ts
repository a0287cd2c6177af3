import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import {
  contains,
  covers,
  equals,
  type Interval,
  type IntervalSet,
  intersect,
  intervalSet,
  isEmpty,
  subtract,
  union,
} from "../../src/net/interval-set.ts";
import { messyIntervals } from "./arbitraries.ts";

const UNIVERSE = Array.from({ length: 256 }, (_, i) => i);

/** For each number of the universe whether one of the intervals holds it. */
function membership(intervals: readonly Interval<number>[]): readonly boolean[] {
  const held = new Array<boolean>(UNIVERSE.length).fill(false);
  for (const { start, end } of intervals) if (start < end) held.fill(true, start, end);
  return held;
}

function assertNormalForm(set: IntervalSet<number>): void {
  for (const [i, { start, end }] of set.entries()) {
    assert.ok(start < end, "no interval is empty");
    const before = set[i - 1];
    if (before !== undefined) assert.ok(before.end < start, "neighbours are apart");
  }
}

function assertHolds(set: IntervalSet<number>, held: readonly boolean[]): void {
  assertNormalForm(set);
  assert.deepEqual(membership(set), held);
}

const pair = fc.tuple(messyIntervals, messyIntervals);

describe("an interval set", () => {
  test("holds exactly the numbers of the intervals it was made from", () => {
    fc.assert(
      fc.property(messyIntervals, (intervals) => assertHolds(intervalSet(intervals), membership(intervals))),
      { numRuns: 500 },
    );
  });

  test("joins intervals that touch and drops empty and reversed ones", () => {
    const set = intervalSet([
      { start: 3, end: 5 },
      { start: 9, end: 9 },
      { start: 1, end: 3 },
      { start: 8, end: 2 },
    ]);
    assert.deepEqual(set, [{ start: 1, end: 5 }]);
  });

  test("is made without changing the array it is made from", () => {
    const intervals = Object.freeze([
      { start: 3, end: 5 },
      { start: 1, end: 4 },
    ]);
    assert.deepEqual(intervalSet(intervals), [{ start: 1, end: 5 }]);
    assert.deepEqual(intervals, [
      { start: 3, end: 5 },
      { start: 1, end: 4 },
    ]);
  });
});

describe("the algebra agrees with asking each number", () => {
  type Check = (
    a: IntervalSet<number>,
    b: IntervalSet<number>,
    inA: readonly boolean[],
    inB: readonly boolean[],
  ) => void;
  const checks: Record<string, Check> = {
    union: (a, b, inA, inB) =>
      assertHolds(
        union(a, b),
        inA.map((held, n) => held || inB[n] === true),
      ),
    intersect: (a, b, inA, inB) =>
      assertHolds(
        intersect(a, b),
        inA.map((held, n) => held && inB[n] === true),
      ),
    subtract: (a, b, inA, inB) =>
      assertHolds(
        subtract(a, b),
        inA.map((held, n) => held && inB[n] === false),
      ),
    covers: (a, b, inA, inB) =>
      assert.equal(
        covers(a, b),
        inB.every((held, n) => !held || inA[n]),
      ),
    equals: (a, b, inA, inB) =>
      assert.equal(
        equals(a, b),
        inA.every((held, n) => held === inB[n]),
      ),
    isEmpty: (a, _b, inA) => assert.equal(isEmpty(a), !inA.includes(true)),
    contains: (a, _b, inA) =>
      assert.deepEqual(
        UNIVERSE.map((n) => contains(a, n)),
        inA,
      ),
  };
  for (const [name, check] of Object.entries(checks)) {
    test(name, () => {
      fc.assert(
        fc.property(pair, ([a, b]) => check(intervalSet(a), intervalSet(b), membership(a), membership(b))),
        { numRuns: 300 },
      );
    });
  }
});

describe("the algebra keeps its laws", () => {
  const sets = messyIntervals.map((intervals) => intervalSet(intervals));

  test("a set is the union of its parts inside and outside another", () => {
    fc.assert(
      fc.property(sets, sets, (a, b) => {
        assert.ok(equals(union(intersect(a, b), subtract(a, b)), a));
        assert.ok(isEmpty(intersect(subtract(a, b), b)));
      }),
    );
  });

  test("a set covers and equals itself, and both ways of covering make equal", () => {
    fc.assert(
      fc.property(sets, sets, (a, b) => {
        assert.ok(covers(a, a) && equals(a, a));
        assert.equal(covers(a, b) && covers(b, a), equals(a, b));
        assert.ok(covers(union(a, b), a) && covers(a, intersect(a, b)));
      }),
    );
  });
});

test("numbers too large for a double are told apart", () => {
  const end = 1n << 128n;
  const all = intervalSet([{ start: 0n, end }]);
  const rest = subtract(all, intervalSet([{ start: end - 2n, end: end - 1n }]));
  assert.deepEqual(rest, [
    { start: 0n, end: end - 2n },
    { start: end - 1n, end },
  ]);
  assert.ok(contains(rest, end - 1n));
  assert.ok(!contains(rest, end - 2n));
  assert.ok(!contains(rest, end));
});
