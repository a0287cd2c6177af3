/**
 * Which rules packets reach, found by sending packets: one of each kind that the rules can tell apart, until every rule
 * is hit or all kinds have been sent. For the few rules of a pod that takes a fraction of the time of the diagrams.
 */
import type { IpFamily } from "../net/address.ts";
import type { Match } from "../ruleset/rule.ts";
import { everyPacket, type Kinds, kindsOf } from "./kinds.ts";
import type { LinkedChain, LinkedRule, RuleRef } from "./link.ts";
import { matchHolds } from "./match-holds.ts";
import type { Packet } from "./packet.ts";

/** More rules, or more packets sent and ways to a rule looked at, are left to the diagrams. */
const MAX_RULES = 64;
const MAX_WORK = 1_000;

/** Neighbours of one action from so many on may be one list to the diagrams, which name the first of it that matches. */
const SHORTEST_LIST = 4;

/** A rule that no packet hits, and the rules of its chain that take what would match it. */
export interface ShadowedRule {
  readonly rule: RuleRef;
  /** In the order in which they are asked. */
  readonly by: readonly RuleRef[];
}

/**
 * The rules of the nat table that no packet reaches and matches, each shadowed in its own chain; undefined when it takes
 * diagrams to tell. Says the same as they do.
 *
 * @param chains those of one family, each before those that it calls.
 */
export function shadowedRules(
  family: IpFamily,
  chains: readonly LinkedChain[],
): readonly ShadowedRule[] | undefined {
  const count = chains.reduce((sum, { rules }) => sum + rules.length, 0);
  if (count > MAX_RULES) return undefined;
  const trial = new Trial();
  for (const base of chains) {
    const { table, hook } = base.source;
    if (hook === undefined) continue;
    if (table !== "nat" || (hook !== "PREROUTING" && hook !== "OUTPUT")) return undefined;
    const direction = hook === "OUTPUT" ? "outbound" : "inbound";
    const kinds = kindsOf(family, direction, conditionsBehind(base));
    if (kinds === undefined || !trial.run(base, kinds)) return undefined;
  }
  return trial.shadowed(chains);
}

/** The conditions of all rules that packets which start at a chain may be asked. */
function conditionsBehind(base: LinkedChain): readonly Match[] {
  const chains = new Set([base]);
  // The set grows while it is read.
  for (const { rules } of chains) {
    for (const { action } of rules) if ("chain" in action) chains.add(action.chain);
  }
  return [...chains].flatMap(({ rules }) => rules.flatMap(({ conditions }) => conditions));
}

/** A rule that is to be hit, and what a packet that comes to it on one way and hits it meets. */
interface Goal {
  readonly chain: LinkedChain;
  readonly rule: LinkedRule;
  readonly conditions: readonly Match[];
}

class Trial {
  readonly #hit = new Set<RuleRef>();
  /** What met a rule's conditions, came to its chain, and did not come to the rule. */
  readonly #missed = new Map<LinkedRule, Packet[]>();
  readonly #entered = new Set<LinkedChain>();
  #work = 0;

  /** Sends packets from a built-in chain on. @returns false when it would take too many. */
  run(base: LinkedChain, kinds: Kinds): boolean {
    const visit = (chain: LinkedChain, onTheWay: readonly Match[]): boolean =>
      chain.rules.every((rule) => {
        const conditions = [...onTheWay, ...rule.conditions];
        if (!this.#try(base, { chain, rule, conditions }, kinds)) return false;
        return !("chain" in rule.action) || visit(rule.action.chain, conditions);
      });
    return visit(base, []);
  }

  #try(base: LinkedChain, { chain, rule, conditions }: Goal, kinds: Kinds): boolean {
    if (this.#hit.has(rule.ref)) return this.#work++ < MAX_WORK;
    const missed = this.#missed.get(rule) ?? [];
    this.#missed.set(rule, missed);
    const previous = chain.rules[rule.ref.index - 1];
    const isTaken = previous !== undefined && this.#hit.has(previous.ref) && takesAll(previous, conditions);
    const goesOn = everyPacket(kinds, conditions, (packet) => {
      if (this.#work++ === MAX_WORK) return false;
      this.#entered.clear();
      this.#send(base, packet);
      if (this.#hit.has(rule.ref)) return false;
      if (!this.#entered.has(chain)) return true;
      missed.push(packet);
      // The nearest rule takes every other packet as well, and is the one to be named.
      return !isTaken;
    });
    return goesOn || this.#work <= MAX_WORK;
  }

  /** What becomes of a packet that is given to a chain: `passed` when the chain leaves it to its caller. */
  #send(chain: LinkedChain, packet: Packet): "taken" | "passed" {
    this.#entered.add(chain);
    for (const rule of chain.rules) {
      if (!meets(packet, rule)) continue;
      this.#hit.add(rule.ref);
      const fate = this.#act(rule, packet);
      if (fate !== "next") return fate;
    }
    return "passed";
  }

  #act({ action }: LinkedRule, packet: Packet): "taken" | "passed" | "next" {
    switch (action.kind) {
      case "jump":
        return this.#send(action.chain, packet) === "taken" ? "taken" : "next";
      case "goto":
        return this.#send(action.chain, packet);
      case "return":
        return "passed";
      case "pass":
      case "none":
        return "next";
      default:
        return "taken";
    }
  }

  /** The rules that are not hit; undefined when what shadows one is not plain to see. */
  shadowed(chains: readonly LinkedChain[]): readonly ShadowedRule[] | undefined {
    const found: ShadowedRule[] = [];
    for (const chain of chains) {
      for (const rule of chain.rules) {
        if (this.#hit.has(rule.ref)) continue;
        const missed = this.#missed.get(rule) ?? [];
        const by = missed.length === 0 ? undefined : this.#shadows(chain, rule, missed);
        if (by === undefined) return undefined;
        found.push({ rule: rule.ref, by });
      }
    }
    return found;
  }

  /** The nearest rules before one that together take all of some packets, when none of them is a jump. */
  #shadows(chain: LinkedChain, rule: LinkedRule, packets: readonly Packet[]): readonly RuleRef[] | undefined {
    const before = chain.rules.slice(0, rule.ref.index).filter(({ ref }) => this.#hit.has(ref));
    if (hasList(before)) return undefined;
    const by: RuleRef[] = [];
    let left = packets;
    for (const nearest of before.toReversed()) {
      const rest = left.filter((packet) => !meets(packet, nearest));
      const { kind } = nearest.action;
      if (rest.length === left.length || kind === "none" || kind === "pass") continue;
      if ("chain" in nearest.action) return undefined;
      by.unshift(nearest.ref);
      left = rest;
    }
    return by;
  }
}

/** Whether a rule ends its chain and asks only for what is among some conditions. */
function takesAll(rule: LinkedRule, conditions: readonly Match[]): boolean {
  if (!ENDING.includes(rule.action.kind)) return false;
  return rule.conditions.every((condition) => conditions.includes(condition));
}

const ENDING: readonly LinkedRule["action"]["kind"][] = [
  "accept",
  "drop",
  "reject",
  "redirect",
  "dnat",
  "return",
];

function meets(packet: Packet, { conditions }: LinkedRule): boolean {
  return conditions.every((condition) => matchHolds(condition, packet));
}

function hasList(rules: readonly LinkedRule[]): boolean {
  let alike = 0;
  return rules.some(({ action }, index) => {
    alike = action.kind === rules[index - 1]?.action.kind ? alike + 1 : 1;
    return alike === SHORTEST_LIST;
  });
}
