/**
 * Long lists of ranges, each by a few of its rules: what no other rule can tell apart is told by one for all. The rules of
 * a list then are no more than the others let it be, whatever its length.
 */
import { ADDRESS_BITS, type IpFamily } from "../net/address.ts";
import { type Cidr, cidrInterval } from "../net/cidr.ts";
import { addressSet } from "../net/cidr-set.ts";
import { covers, type IntervalSet } from "../net/interval-set.ts";
import { LOOPBACK } from "../net/known-ranges.ts";
import type { AddressMatch } from "../ruleset/rule.ts";
import { cellOfNumber, type NumberAxis, numberAxis, numbersOf } from "./axis.ts";
import type { LinkedChain, LinkedRule } from "./link.ts";

/** Neighbours of one chain with one action that ask for a range each, and for nothing else. */
interface RangeList {
  readonly chain: LinkedChain;
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
  const lists = chains.flatMap((chain) => listsOf(chain, family));
  const listed = new Set(lists.flatMap(({ members }) => members.map(({ rule }) => rule)));
  const others = chains.flatMap(({ rules }) => rules.filter((rule) => !listed.has(rule)));
  if (others.length > limit) return undefined;
  const standIns = new Map(
    (["source", "destination"] as const).flatMap((kind) => {
      const own = lists.filter((list) => list.kind === kind);
      return own.length === 0 ? [] : standInsOf(own, axisOf(kind, family, others), family);
    }),
  );
  const left = new Map(chains.map((chain) => [chain, chain.rules.filter((rule) => !standIns.has(rule))]));
  return { rulesOf: (chain) => left.get(chain) ?? chain.rules, standIns: new Set(standIns.values()) };
}

function listsOf(chain: LinkedChain, family: IpFamily): readonly RangeList[] {
  const lists: RangeList[] = [];
  let members: Member[] = [];
  let last: { readonly kind: AddressMatch["kind"]; readonly action: LinkedRule["action"] } | undefined;
  const close = () => {
    if (last !== undefined && members.length >= SHORTEST_LIST)
      lists.push({ chain, kind: last.kind, members });
    members = [];
  };
  for (const rule of chain.rules) {
    const range = onlyRange(rule, family);
    if (range === undefined || last?.kind !== range.kind || !isSame(last.action, rule.action)) close();
    last = range === undefined ? undefined : { kind: range.kind, action: rule.action };
    if (range !== undefined) members.push({ rule, range: range.range });
  }
  close();
  return lists;
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

/** Rules of lists on one axis, each with the one of its list that stands for it. */
function standInsOf(
  lists: readonly RangeList[],
  axis: NumberAxis,
  family: IpFamily,
): readonly (readonly [LinkedRule, LinkedRule])[] {
  const ranges = lists.flatMap(({ members }) => members.map(({ range }) => range));
  const listed = addressSet(ranges, family);
  if (!areApart(ranges, listed)) return [];
  const isFull = axis.starts.map((_, cell) =>
    covers(listed, [numbersOf(axis, { start: cell, end: cell + 1 })]),
  );
  return lists.flatMap(({ members }) => {
    const inCells = new Map<number, LinkedRule>();
    return members.flatMap(({ rule, range }): readonly (readonly [LinkedRule, LinkedRule])[] => {
      const { start, end } = cidrInterval(range);
      const cell = cellOfNumber(axis, start);
      if (isFull[cell] || cell !== cellOfNumber(axis, end - 1n)) return [];
      const standIn = inCells.get(cell);
      if (standIn !== undefined) return [[rule, standIn]];
      inCells.set(cell, rule);
      return [];
    });
  });
}

/** Whether no address is in two of some ranges, whose union is `all`. */
function areApart(ranges: readonly Cidr[], all: IntervalSet<bigint>): boolean {
  const sizes = (sum: bigint, { start, end }: { readonly start: bigint; readonly end: bigint }) =>
    sum + end - start;
  return ranges.map(cidrInterval).reduce(sizes, 0n) === all.reduce(sizes, 0n);
}
