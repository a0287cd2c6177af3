/** Neighbouring rules that differ in one dimension alone: lists of ranges or ports, which are most of long chains. */
import { equals, type IntervalSet } from "../net/interval-set.ts";
import { cellCount } from "./axis.ts";
import type { CompiledRule } from "./compiled-rule.ts";
import type { Diagram } from "./diagram.ts";
import { Intervals } from "./intervals.ts";
import type { Sides } from "./packet-set.ts";
import type { PacketSpace } from "./space.ts";

/** Fewer rules than these are no list. */
const SHORTEST_RUN = 4;

/**
 * Splits rules into runs, in their order. The rules of a run ask the same of every dimension but the last that they ask,
 * and all of them end the chain or all of them call the same one. What makes no run of some length stands alone.
 */
export function runsOf(rules: readonly CompiledRule[]): readonly (readonly CompiledRule[])[] {
  const runs: (readonly CompiledRule[])[] = [];
  for (let start = 0; start < rules.length; ) {
    const first = rules[start] as CompiledRule;
    let end = start + 1;
    while (end < rules.length && isAlike(first, rules[end] as CompiledRule)) end++;
    if (end - start >= SHORTEST_RUN) runs.push(rules.slice(start, end));
    else for (const rule of rules.slice(start, end)) runs.push([rule]);
    start = end;
  }
  return runs;
}

/**
 * The function that is, where some rule of a run matches, what `inside` says of the first rule that does, and `outside`
 * elsewhere. Each cell is given away once, so that it takes n log n time however the rules overlap.
 */
export function firstOfRun<T>(
  space: PacketSpace,
  run: readonly CompiledRule[],
  inside: (rule: CompiledRule) => Diagram<T>,
  outside: Diagram<T>,
): Diagram<T> {
  const [first] = run;
  const level = first && lastLevel(first.sides);
  const axis = level === undefined ? undefined : space.axes[level];
  if (first === undefined || level === undefined || axis === undefined) return outside;
  const bounds = boundsOf(run, level);
  const owners = ownersOf(run, level, bounds);
  const intervals = new Intervals();
  if ((bounds[0] ?? 0) > 0) intervals.append(bounds[0] as number, outside);
  for (const [index, owner] of owners.entries()) {
    intervals.append(bounds[index + 1] as number, owner === undefined ? outside : inside(owner));
  }
  const size = cellCount(axis);
  if ((bounds.at(-1) ?? 0) < size) intervals.append(size, outside);
  const others = new Map([...first.sides].filter(([other]) => other !== level));
  return space.store.box(others, space.store.node(level, intervals), outside);
}

function isAlike(a: CompiledRule, b: CompiledRule): boolean {
  if (!doAlike(a, b) || a.sides.size !== b.sides.size || a.sides.size === 0) return false;
  const level = lastLevel(a.sides);
  for (const [other, cells] of a.sides) {
    const own = b.sides.get(other);
    if (own === undefined || (other !== level && !equals(cells, own))) return false;
  }
  return true;
}

function doAlike({ rule: { action: a } }: CompiledRule, { rule: { action: b } }: CompiledRule): boolean {
  switch (a.kind) {
    case "jump":
    case "goto":
      return a.kind === b.kind && a.chain === b.chain;
    case "pass":
    case "none":
      return false;
    default:
      return b.kind !== "jump" && b.kind !== "goto" && b.kind !== "pass" && b.kind !== "none";
  }
}

function lastLevel(sides: Sides): number | undefined {
  return sides.size === 0 ? undefined : Math.max(...sides.keys());
}

/** Where any interval of the run's rules starts or ends, rising. */
function boundsOf(run: readonly CompiledRule[], level: number): readonly number[] {
  const bounds: number[] = [];
  for (const { sides } of run) for (const { start, end } of cellsAt(sides, level)) bounds.push(start, end);
  // Sorted as plain numbers: that is several times faster than by a comparison.
  const sorted = Int32Array.from(bounds).sort();
  return Array.from(sorted.filter((bound, index) => bound !== sorted[index - 1]));
}

/** The first rule of the run that takes what is between one bound and the next. */
function ownersOf(
  run: readonly CompiledRule[],
  level: number,
  bounds: readonly number[],
): readonly (CompiledRule | undefined)[] {
  const places = new Map(bounds.map((bound, index) => [bound, index]));
  const owners: (CompiledRule | undefined)[] = new Array(Math.max(bounds.length - 1, 0)).fill(undefined);
  // From each place, one that is no further than the next free one; paths are halved as they are followed.
  const towardsFree = bounds.map((_, index) => index);
  const nextFree = (from: number): number => {
    let place = from;
    for (let next = towardsFree[place] as number; next !== place; next = towardsFree[place] as number) {
      towardsFree[place] = towardsFree[next] as number;
      place = next;
    }
    return place;
  };
  for (const rule of run) {
    for (const { start, end } of cellsAt(rule.sides, level)) {
      const last = places.get(end) as number;
      for (let place = nextFree(places.get(start) as number); place < last; place = nextFree(place)) {
        owners[place] = rule;
        towardsFree[place] = place + 1;
      }
    }
  }
  return owners;
}

function cellsAt(sides: Sides, level: number): IntervalSet<number> {
  return sides.get(level) ?? [];
}
