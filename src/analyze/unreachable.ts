import type { IpFamily } from "../net/address.ts";
import type { CompiledChain, Segment } from "./compile.ts";
import type { CompiledRule } from "./compiled-rule.ts";
import type { LinkedChain, LinkedChains, RuleRef } from "./link.ts";
import type { PacketSet } from "./packet-set.ts";
import { Reach } from "./reach.ts";
import { type ShadowedRule, shadowedRules } from "./trial.ts";

/** A rule that no packet both reaches and matches, and why. */
export interface UnreachableRule {
  readonly rule: RuleRef;
  readonly cause: UnreachableCause;
}

/**
 * Why no packet reaches and matches a rule.
 *
 * - `never-matches`: none of the packets that come by its hooks meets its conditions.
 * - `shadowed`: other rules take all packets that it would match before they come to it. `by` names rules that some
 *   packet does reach and that together are enough, the nearest ones, in the order in which they are asked; they stand
 *   in its own chain, or in its callers when none of its packets comes to its chain. `complete` is false when it takes
 *   more than {@link MAX_SHADOWS} of them and only so many are named.
 * - `not-called`: no rule sends to its chain what it would match.
 */
export type UnreachableCause =
  | { readonly kind: "never-matches" }
  | { readonly kind: "shadowed"; readonly by: readonly RuleRef[]; readonly complete: boolean }
  | { readonly kind: "not-called" };

/** How many of the rules that shadow one are named at most. */
export const MAX_SHADOWS = 16;

const FAMILIES: readonly IpFamily[] = ["ipv4", "ipv6"];

/**
 * The rules that no packet reaches and matches, in the order of the chains. Each table is judged for itself, whatever
 * the others drop or rewrite. Which packets there are is stated in `world.ts`. Takes n log n time for n rules that are
 * apart.
 *
 * @throws TooComplexError when the rules interact in more ways than `budget` allows.
 */
export function unreachableRules(chains: LinkedChains, budget?: number): readonly UnreachableRule[] {
  const found = FAMILIES.flatMap((family) => {
    const own = chains.callersFirst.filter(({ source }) => source.family === family);
    if (own.length === 0) return [];
    return shadowedRules(family, own)?.map(shadowed) ?? unreachableByDiagrams(family, own, budget);
  });
  const rank = new Map(chains.all.map(({ source }, index) => [source, index]));
  const place = ({ rule }: UnreachableRule) => rank.get(rule.chain) ?? 0;
  return found.sort((a, b) => place(a) - place(b) || a.rule.index - b.rule.index);
}

function shadowed({ rule, by }: ShadowedRule): UnreachableRule {
  return { rule, cause: { kind: "shadowed", by, complete: true } };
}

/**
 * The same for any chains of one family, each before those that it calls.
 *
 * @throws TooComplexError when the rules interact in more ways than `budget` allows.
 */
export function unreachableByDiagrams(
  family: IpFamily,
  chains: readonly LinkedChain[],
  budget?: number,
): readonly UnreachableRule[] {
  const reach = new Reach(family, chains, budget);
  return reach.chains.flatMap((chain) =>
    chain.rules
      .filter((rule) => !reach.isHit(rule))
      .map((rule) => ({ rule: rule.rule.ref, cause: causeOf(reach, chain, rule) })),
  );
}

function causeOf(reach: Reach, chain: CompiledChain, rule: CompiledRule): UnreachableCause {
  const { none, and } = reach.sets;
  const seen = reach.seenByHooks(chain);
  if (rule.matched === none) return { kind: "never-matches" };
  if (seen === none) return { kind: "not-called" };
  if (and(rule.matched, seen) === none) return { kind: "never-matches" };
  const shadows = shadowsOf(reach, chain, rule, rule.matched, new Set());
  return shadows.by.length === 0 ? { kind: "not-called" } : { kind: "shadowed", ...shadows };
}

interface Shadows {
  readonly by: readonly RuleRef[];
  readonly complete: boolean;
}

/** What takes `packets` before they come to a rule: in its chain, or where none of them comes there, in the callers. */
function shadowsOf(
  reach: Reach,
  chain: CompiledChain,
  rule: CompiledRule,
  packets: PacketSet,
  visited: Set<CompiledChain>,
): Shadows {
  const { none, and } = reach.sets;
  const arriving = and(packets, reach.arrivals(chain));
  if (arriving !== none) return coverBefore(reach, chain, rule.rule.ref.index, arriving);
  const by = new Set<RuleRef>();
  let complete = true;
  if (visited.has(chain)) return { by: [], complete };
  visited.add(chain);
  for (const call of reach.calls(chain)) {
    const shadows = shadowsOf(reach, call.caller, call.rule, and(packets, call.rule.matched), visited);
    for (const ref of shadows.by) by.add(ref);
    complete = complete && shadows.complete;
    if (by.size > MAX_SHADOWS) return { by: [...by].slice(0, MAX_SHADOWS), complete: false };
  }
  return { by: [...by], complete };
}

/** The nearest live rules of a chain before `index` that together take all of `packets`, which earlier rules do take. */
function coverBefore(reach: Reach, chain: CompiledChain, index: number, packets: PacketSet): Shadows {
  const by: RuleRef[] = [];
  let left = packets;
  const take = (rule: CompiledRule): void => {
    const rest = reach.undecided(left, rule.verdicts);
    if (rest === left || by.length === MAX_SHADOWS) return;
    by.push(rule.rule.ref);
    left = rest;
  };
  const visit = (segment: Segment): void => {
    if (left === reach.sets.none || reach.undecided(left, segment.verdicts) === left) return;
    if (segment.kind === "halves") {
      visit(segment.after);
      visit(segment.before);
      return;
    }
    const before = reach.ownersOf(left, segment.rules).filter(({ rule }) => rule.ref.index < index);
    before.sort((a, b) => b.rule.ref.index - a.rule.ref.index).forEach(take);
  };
  const live = reach.live(chain);
  if (live !== undefined) visit(live);
  return { by: by.reverse(), complete: left === reach.sets.none };
}
