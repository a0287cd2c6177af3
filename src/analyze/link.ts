import { err, ok, type Result } from "../net/result.ts";
import type { Chain, Match, Rule, Target, UnknownMatch } from "../ruleset/rule.ts";
import { conditionNamer } from "./condition-name.ts";
import { protocolNumber } from "./protocol.ts";

/** Where a rule stands. */
export interface RuleRef {
  readonly chain: Chain;
  /** Its place in the chain, from 0. */
  readonly index: number;
  readonly rule: Rule;
}

/** What a rule does to a packet that meets its conditions, with chains in place of their names. */
export type Action =
  | { readonly kind: "jump" | "goto"; readonly chain: LinkedChain }
  | Exclude<Target, { kind: "jump" | "goto" }>;

/**
 * A rule ready to be asked. Its conditions are the rule's matches, in order, but what the model does not know has a
 * `text` of its own (see `conditionNamer`): conditions of the same text hold together. Unknown in this sense are also a
 * protocol of a name that is not known here and the states `SNAT` and `DNAT`.
 */
export interface LinkedRule {
  readonly ref: RuleRef;
  readonly conditions: readonly Match[];
  readonly action: Action;
}

/** A chain whose jumps lead to chains. */
export interface LinkedChain {
  readonly source: Chain;
  readonly rules: readonly LinkedRule[];
}

/** Chains that are fit to be walked: every jump leads somewhere and none leads back. */
export interface LinkedChains {
  /** In the order in which they were given. */
  readonly all: readonly LinkedChain[];
  /** Each chain before those that its rules jump to. */
  readonly callersFirst: readonly LinkedChain[];
}

/**
 * Why chains cannot be walked. The kernel refuses each of these too.
 *
 * - `duplicate-chain`: a table of one family has two chains of a name.
 * - `missing-chain`: a rule jumps to a chain that its table does not have.
 * - `loop`: a chain can reach itself; `chain` is one of such a loop, or one that only a loop leads to.
 * - `misplaced-target`: a rule translates destinations, and a packet can come to it elsewhere than in the nat table at
 *   PREROUTING or OUTPUT (`.table` and `.hooks` of `xt_REDIRECT.c` and `xt_nat.c`).
 */
export type LinkError =
  | { readonly kind: "duplicate-chain"; readonly chain: Chain }
  | { readonly kind: "missing-chain"; readonly chain: Chain; readonly index: number; readonly target: string }
  | { readonly kind: "loop"; readonly chain: Chain }
  | { readonly kind: "misplaced-target"; readonly chain: Chain; readonly index: number };

/** Resolves the jumps of chains, of any families and tables. */
export function linkChains(chains: readonly Chain[]): Result<LinkedChains, LinkError> {
  const drafts = new Map<string, LinkedChain & { readonly rules: LinkedRule[] }>();
  for (const source of chains) {
    const key = keyOf(source, source.name);
    if (drafts.has(key)) return err({ kind: "duplicate-chain", chain: source });
    drafts.set(key, { source, rules: [] });
  }
  for (const { source, rules } of drafts.values()) {
    const nameOf = conditionNamer(source);
    const chainNamed = (name: string) => drafts.get(keyOf(source, name));
    for (const [index, rule] of source.rules.entries()) {
      const action = actionOf(rule.target, chainNamed);
      if (typeof action === "string") {
        return err({ kind: "missing-chain", chain: source, index, target: action });
      }
      const conditions = rule.matches.some(isUnknown)
        ? rule.matches.map((match) => conditionOf(match, nameOf))
        : rule.matches;
      rules.push({ ref: { chain: source, index, rule }, conditions, action });
    }
  }
  const all = [...drafts.values()];
  const callersFirst = sortedByCalls(all);
  const linked = new Set(callersFirst);
  const stuck = all.find((chain) => !linked.has(chain));
  if (stuck !== undefined) return err({ kind: "loop", chain: stuck.source });
  return misplacedTarget(callersFirst) ?? ok({ all, callersFirst });
}

function misplacedTarget(callersFirst: readonly LinkedChain[]): Result<never, LinkError> | undefined {
  const unfit = new Set<LinkedChain>();
  for (const chain of callersFirst) {
    const { table, hook } = chain.source;
    const isUnfit = unfit.has(chain) || table !== "nat" || hook === "INPUT" || hook === "POSTROUTING";
    if (!isUnfit) continue;
    const index = chain.rules.findIndex(({ action }) => action.kind === "redirect" || action.kind === "dnat");
    if (index !== -1) return err({ kind: "misplaced-target", chain: chain.source, index });
    for (const called of calls(chain)) unfit.add(called);
  }
  return undefined;
}

/** Chains of one name are apart when their family, table or, in nftables, the table's own name differs. */
function keyOf(chain: Chain, name: string): string {
  const namespace = chain.namespace === undefined ? "" : JSON.stringify(chain.namespace);
  return `${chain.family} ${chain.table} ${namespace} ${name}`;
}

/** The action, or the name of the chain that is not there. */
function actionOf(target: Target, chainNamed: (name: string) => LinkedChain | undefined): Action | string {
  if (target.kind !== "jump" && target.kind !== "goto") return target;
  const chain = chainNamed(target.chain);
  return chain === undefined ? target.chain : { kind: target.kind, chain };
}

function conditionOf(match: Match, nameOf: ReturnType<typeof conditionNamer>): Match {
  const unknown = unknownPart(match);
  return unknown === undefined ? match : { ...unknown, text: nameOf(unknown) };
}

function isUnknown(match: Match): boolean {
  return unknownPart(match) !== undefined;
}

function unknownPart(match: Match): UnknownMatch | undefined {
  switch (match.kind) {
    case "unknown":
      return match;
    case "protocol": {
      if (protocolNumber(match.protocol) !== undefined) return undefined;
      const text = `${match.negated ? "! " : ""}-p ${match.protocol}`;
      return { kind: "unknown", name: "protocol", text };
    }
    case "connection-state": {
      if (!match.states.includes("SNAT") && !match.states.includes("DNAT")) return undefined;
      const text = `-m conntrack ${match.negated ? "! " : ""}--ctstate ${match.states.join(",")}`;
      return { kind: "unknown", name: "conntrack", text };
    }
    default:
      return undefined;
  }
}

/** Leaves out what stands on a loop or behind one. Without recursion, since the depth of jumps is the input's choice. */
function sortedByCalls(chains: readonly LinkedChain[]): readonly LinkedChain[] {
  const callers = new Map<LinkedChain, number>(chains.map((chain) => [chain, 0]));
  for (const chain of chains) {
    for (const called of calls(chain)) callers.set(called, (callers.get(called) ?? 0) + 1);
  }
  const sorted = chains.filter((chain) => callers.get(chain) === 0);
  // The list grows while it is read: what has no caller left is ready to be read in turn.
  for (const chain of sorted) {
    for (const called of calls(chain)) {
      const rest = (callers.get(called) ?? 0) - 1;
      callers.set(called, rest);
      if (rest === 0) sorted.push(called);
    }
  }
  return sorted;
}

function calls({ rules }: LinkedChain): readonly LinkedChain[] {
  const called: LinkedChain[] = [];
  for (const { action } of rules) if ("chain" in action) called.push(action.chain);
  return called;
}
