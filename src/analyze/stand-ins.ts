/**
 * Long lists of ranges, each by a few of its rules: what no other rule can tell apart is told by one for all. The rules of
 * a list then are no more than the others let it be, whatever its length.
 */
import { ADDRESS_BITS, type IpFamily } from "../net/address.ts";
import { type Cidr, cidrInterval, compareCidrs, coversCidr } from "../net/cidr.ts";
import { LOOPBACK } from "../net/known-ranges.ts";
import type { AddressMatch } from "../ruleset/rule.ts";
import { cellOfNumber, type NumberAxis, numberAxis } from "./axis.ts";
import type { LinkedChain, LinkedRule } from "./link.ts";

/** Neighbours of one chain with one action that ask for a range each, and for nothing else. */
interface RangeList {
  readonly kind: AddressMatch["kind"];
  readonly members: readonly Member[];
}

interface Member {
  readonly rule: LinkedRule;
  readonly range: Cidr;
}

/** Chains of which some rules are left out. */
export interface Shortened {
  readonly rulesOf: (chain: LinkedChain) => readonly LinkedRule[];
  /** Those that stand for some that were left out. */
  readonly standIns: ReadonlySet<LinkedRule>;
}

/** Fewer neighbours than these are no list. */
const SHORTEST_LIST = 8;

/**
 * Some chains without the rules of lists that others stand for; undefined when the rules that are in no list are over
 * `limit`. A rule that is left is hit by some packet exactly when it is hit among all rules, and one that was left out is
 * hit when the one that stands for it is.
 *
 * The ranges of all lists have to be apart. Where no other condition tells the addresses of some cell apart, a packet to
 * one range of a list in that cell fares as one to any other; and a packet to the rest of the cell, which must not be
 * empty, as one to any other address of that rest. So one range of a list and cell stands for the others.
 */
export function withStandIns(
  family: IpFamily,
  chains: readonly LinkedChain[],
  limit: number,
): Shortened | undefined {
  const lists: RangeList[] = [];
  const others: LinkedRule[] = [];
  for (const chain of chains) sortOut(chain, family, lists, others);
  if (others.length > limit) return undefined;
  const standIns = new Map<LinkedRule, LinkedRule>();
  for (const kind of ["source", "destination"] as const) {
    const own = lists.filter((list) => list.kind === kind);
    if (own.length > 0) addStandIns(own, axisOf(kind, family, others), standIns);
  }
  const left = new Map(chains.map((chain) => [chain, chain.rules.filter((rule) => !standIns.has(rule))]));
  return { rulesOf: (chain) => left.get(chain) ?? chain.rules, standIns: new Set(standIns.values()) };
}

/** Adds the lists of a chain to some lists, and its other rules to others. */
function sortOut(chain: LinkedChain, family: IpFamily, lists: RangeList[], others: LinkedRule[]): void {
  let alike: Member[] = [];
  let last: AddressMatch | undefined;
  const close = () => {
    if (last !== undefined && alike.length >= SHORTEST_LIST) lists.push({ kind: last.kind, members: alike });
    else for (const { rule } of alike) others.push(rule);
    alike = [];
  };
  for (const rule of chain.rules) {
    const match = onlyRange(rule, family);
    const previous = alike.at(-1);
    const goesOn =
      previous !== undefined && match?.kind === last?.kind && isSame(previous.rule.action, rule.action);
    if (!goesOn) close();
    last = match;
    if (match === undefined) others.push(rule);
    else alike.push({ rule, range: match.range });
  }
  close();
}

/** The range that is all that a rule asks for. */
function onlyRange({ conditions }: LinkedRule, family: IpFamily): AddressMatch | undefined {
  const [match, ...rest] = conditions;
  if (match === undefined || (match.kind !== "source" && match.kind !== "destination")) return undefined;
  if (match.negated || match.range.family !== family) return undefined;
  return rest.every(({ kind }) => kind === "comment") ? match : undefined;
}

function isSame(a: LinkedRule["action"], b: LinkedRule["action"]): boolean {
  return a.kind === b.kind && (!("chain" in a) || ("chain" in b && a.chain === b.chain));
}

/** The addresses, cut where rules that are in no list can tell them apart. */
function axisOf(kind: AddressMatch["kind"], family: IpFamily, rules: readonly LinkedRule[]): NumberAxis {
  const ranges = rules.flatMap(({ conditions }) =>
    conditions.flatMap((match) => (match.kind === kind && match.range.family === family ? match.range : [])),
  );
  const cuts = [LOOPBACK[family], ...ranges].map(cidrInterval).flatMap(({ start, end }) => [start, end]);
  return numberAxis(kind, 1n << BigInt(ADDRESS_BITS[family]), cuts);
}

/** Tells of rules of lists on one axis which one of their list stands for them. */
function addStandIns(
  lists: readonly RangeList[],
  axis: NumberAxis,
  standIns: Map<LinkedRule, LinkedRule>,
): void {
  const members = lists.flatMap((list) => list.members);
  if (!areApart(members.map(({ range }) => range))) return;
  const free = freeAddresses(
    members.map(({ range }) => range),
    axis,
  );
  for (const list of lists) {
    const firsts = new Map<number, LinkedRule>();
    for (const { rule, range } of list.members) {
      const cell = cellAround(range, axis);
      if (cell === undefined || free[cell] === 0n) continue;
      const first = firsts.get(cell);
      if (first === undefined) firsts.set(cell, rule);
      else standIns.set(rule, first);
    }
  }
}

/** Whether no address is in two of some ranges. Of ranges in order, one that holds another holds the next one too. */
function areApart(ranges: readonly Cidr[]): boolean {
  const sorted = ranges.toSorted(compareCidrs);
  return sorted.every((range, index) => {
    const previous = sorted[index - 1];
    return previous === undefined || !coversCidr(previous, range);
  });
}

/** How many addresses of each cell are in none of some ranges, which are apart. */
function freeAddresses(ranges: readonly Cidr[], axis: NumberAxis): readonly bigint[] {
  const free = axis.starts.map((start, cell) => endOf(axis, cell) - start);
  for (const { start, end } of ranges.map(cidrInterval)) {
    let cell = cellOfNumber(axis, start);
    for (let from = start; from < end; cell++) {
      const to = end < endOf(axis, cell) ? end : endOf(axis, cell);
      free[cell] = (free[cell] ?? 0n) - (to - from);
      from = to;
    }
  }
  return free;
}

/** The cell that holds a whole range; undefined when the axis is cut inside the range. */
function cellAround(range: Cidr, axis: NumberAxis): number | undefined {
  const { start, end } = cidrInterval(range);
  const cell = cellOfNumber(axis, start);
  return end <= endOf(axis, cell) ? cell : undefined;
}

function endOf({ starts, size }: NumberAxis, cell: number): bigint {
  return starts[cell + 1] ?? size;
}
