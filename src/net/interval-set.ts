/**
 * Exact algebra over sets of integers, held as sorted intervals.
 *
 * Intervals are half-open, so that neighbours share a bound (`[1,3)` and `[3,5)` are `[1,5)`) and no operation
 * adds one to a bound: the same code serves port numbers and 128-bit addresses.
 */

/** The integers from `start` up to, but without, `end`. It is empty when `end <= start`. Bounds are never NaN. */
export interface Interval<T extends number | bigint> {
  readonly start: T;
  readonly end: T;
}

/**
 * A set of integers in normal form: intervals that are not empty, in rising order, and apart from each other
 * (each starts after the end of the one before). Two sets are equal exactly when their normal forms are.
 *
 * Make one with {@link intervalSet}; every operation here expects and returns the normal form.
 */
export type IntervalSet<T extends number | bigint> = readonly Interval<T>[];

/**
 * The set of all integers in `intervals`, which may be empty, unsorted and overlapping. Takes n log n time.
 */
export function intervalSet<T extends number | bigint>(intervals: Iterable<Interval<T>>): IntervalSet<T> {
  const sorted: Interval<T>[] = [];
  for (const interval of intervals) {
    if (interval.start < interval.end) sorted.push(interval);
  }
  sorted.sort(byStart);
  return joined(sorted);
}

/** The integers in `a`, in `b`, or in both. Takes linear time. */
export function union<T extends number | bigint>(a: IntervalSet<T>, b: IntervalSet<T>): IntervalSet<T> {
  if (b.length === 0) return a;
  if (a.length === 0) return b;
  return joined(inOrder(a, b));
}

/** The integers in both `a` and `b`. Takes linear time. */
export function intersect<T extends number | bigint>(a: IntervalSet<T>, b: IntervalSet<T>): IntervalSet<T> {
  const common: Interval<T>[] = [];
  for (let i = 0, j = 0; ; ) {
    const left = a[i];
    const right = b[j];
    if (left === undefined || right === undefined) return common;
    const start = left.start < right.start ? right.start : left.start;
    const end = left.end < right.end ? left.end : right.end;
    if (start < end) common.push({ start, end });
    if (left.end < right.end) i++;
    else j++;
  }
}

/** The integers in `a` that are not in `b`. Takes linear time. */
export function subtract<T extends number | bigint>(a: IntervalSet<T>, b: IntervalSet<T>): IntervalSet<T> {
  if (a.length === 0 || b.length === 0) return a;
  const rest: Interval<T>[] = [];
  let j = 0;
  for (const { start, end } of a) {
    let kept = start;
    for (; ; j++) {
      const hole = b[j];
      if (hole === undefined || hole.start >= end) break;
      if (hole.start > kept) rest.push({ start: kept, end: hole.start });
      if (hole.end > kept) kept = hole.end;
      // A hole that reaches past this interval may cut the next one too.
      if (hole.end > end) break;
    }
    if (kept < end) rest.push({ start: kept, end });
  }
  return rest;
}

/** Whether the set holds nothing. */
export function isEmpty<T extends number | bigint>(set: IntervalSet<T>): boolean {
  return set.length === 0;
}

/** Whether `a` and `b` hold the same integers. */
export function equals<T extends number | bigint>(a: IntervalSet<T>, b: IntervalSet<T>): boolean {
  return (
    a.length === b.length &&
    a.every((interval, i) => interval.start === b[i]?.start && interval.end === b[i]?.end)
  );
}

/** Whether `point` is in the set. Takes logarithmic time. */
export function contains<T extends number | bigint>(set: IntervalSet<T>, point: T): boolean {
  let low = 0;
  let high = set.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const interval = set[middle];
    if (interval === undefined || point < interval.start) high = middle;
    else if (point >= interval.end) low = middle + 1;
    else return true;
  }
  return false;
}

/** Whether every integer in `b` is in `a`: an empty `b` always is. Takes linear time. */
export function covers<T extends number | bigint>(a: IntervalSet<T>, b: IntervalSet<T>): boolean {
  let i = 0;
  for (const inner of b) {
    let outer = a[i];
    while (outer !== undefined && outer.end <= inner.start) outer = a[++i];
    if (outer === undefined || outer.start > inner.start || outer.end < inner.end) return false;
  }
  return true;
}

function byStart<T extends number | bigint>(a: Interval<T>, b: Interval<T>): number {
  return a.start < b.start ? -1 : a.start > b.start ? 1 : 0;
}

/** Merges two sorted sets into one sorted sequence, overlaps and all. */
function* inOrder<T extends number | bigint>(a: IntervalSet<T>, b: IntervalSet<T>): Generator<Interval<T>> {
  for (let i = 0, j = 0; ; ) {
    const left = a[i];
    const right = b[j];
    if (left !== undefined && (right === undefined || left.start <= right.start)) {
      yield left;
      i++;
    } else if (right !== undefined) {
      yield right;
      j++;
    } else return;
  }
}

/** Joins the intervals of a sorted sequence that overlap or touch. */
function joined<T extends number | bigint>(sorted: Iterable<Interval<T>>): IntervalSet<T> {
  const apart: Interval<T>[] = [];
  let current: Interval<T> | undefined;
  for (const next of sorted) {
    if (current === undefined) current = next;
    else if (next.start > current.end) {
      apart.push(current);
      current = next;
    } else if (next.end > current.end) current = { start: current.start, end: next.end };
  }
  if (current !== undefined) apart.push(current);
  return apart;
}
