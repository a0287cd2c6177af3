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
import { type Shortened, withStandIns } from "./stand-ins.ts";

/** More rules, or more packets sent and ways to a rule looked at, are left to the diagrams. */
const MAX_RULES = 64;
const MAX_WORK = 1_000;

/** Neighbours that all end their chain or all call another may be one list from so many on. */
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
  const tried = rulesToTry(family, chains);
  if (tried === undefined) return undefined;
  const trial = new Trial(tried);
  for (const base of chains) {
    const { table, hook } = base.source;
    if (hook === undefined) continue;
    if (table !== "nat" || (hook !== "PREROUTING" && hook !== "OUTPUT")) return undefined;
    const direction = hook === "OUTPUT" ? "outbound" : "inbound";
    const kinds = kindsOf(family, direction, conditionsBehind(base, tried));
    if (kinds === undefined || !trial.run(base, kinds)) return undefined;
  }
  return trial.shadowed(chains);
}

/** All rules, or where these are too many, those that stand for the others; undefined when they are still too many. */
function rulesToTry(family: IpFamily, chains: readonly LinkedChain[]): Shortened | undefined {
  const areFew = ({ rulesOf }: Shortened) =>
    chains.reduce((sum, chain) => sum + rulesOf(chain).length, 0) <= MAX_RULES;
  const all: Shortened = { rulesOf: ({ rules }) => rules, standIns: new Set() };
  if (areFew(all)) return all;
  const shortened = withStandIns(family, chains, MAX_RULES);
  return shortened !== undefined && areFew(shortened) ? shortened : undefined;
}

/** The conditions of all rules that packets which start at a chain may be asked. */
function conditionsBehind(base: LinkedChain, { rulesOf }: Shortened): readonly Match[] {
  const chains = new Set([base]);
  // The set grows while it is read.
  for (const chain of chains) {
    for (const { action } of rulesOf(chain)) if ("chain" in action) chains.add(action.chain);
  }
  return [...chains].flatMap((chain) => rulesOf(chain).flatMap(({ conditions }) => conditions));
}

/** A rule that is to be hit, and what a packet that comes to it on one way and hits it meets. */
interface Goal {
  readonly chain: LinkedChain;
  readonly rule: LinkedRule;
  /** The rule of the chain that is asked before it. */
  readonly previous: LinkedRule | undefined;
  readonly conditions: readonly Match[];
}

class Trial {
  readonly #tried: Shortened;
  readonly #hit = new Set<RuleRef>();
  /** What met a rule's conditions, came to its chain, and did not come to the rule. */
  readonly #missed = new Map<LinkedRule, Packet[]>();
  readonly #entered = new Set<LinkedChain>();
  #work = 0;

  constructor(tried: Shortened) {
    this.#tried = tried;
  }

  /** Sends packets from a built-in chain on. @returns false when it would take too many. */
  run(base: LinkedChain, kinds: Kinds): boolean {
    const visit = (chain: LinkedChain, onTheWay: readonly Match[]): boolean =>
      this.#tried.rulesOf(chain).every((rule, index, rules) => {
        const conditions = [...onTheWay, ...rule.conditions];
        const goal = { chain, rule, previous: rules[index - 1], conditions };
        if (!this.#try(base, goal, kinds)) return false;
        return !("chain" in rule.action) || visit(rule.action.chain, conditions);
      });
    return visit(base, []);
  }

  #try(base: LinkedChain, { chain, rule, previous, conditions }: Goal, kinds: Kinds): boolean {
    if (this.#hit.has(rule.ref)) return this.#work++ < MAX_WORK;
    const missed = this.#missed.get(rule) ?? [];
    this.#missed.set(rule, missed);
    const isTaken = previous !== undefined && this.#hit.has(previous.ref) && takesAll(previous, conditions);
    const goesOn = everyPacket(kinds, conditions, (packet) => {
      if (this.#work++ === MAX_WORK) return false;
      this.#entered.clear();
      this.#send(base, packet);
      if (this.#hit.has(rule.ref)) return false;
      if (!this.#entered.has(chain)) return true;
      missed.push({ ...packet });
      // The nearest rule takes every other packet as well, and is the one to be named.
      return !isTaken;
    });
    return goesOn || this.#work <= MAX_WORK;
  }

  /** What becomes of a packet that is given to a chain: `passed` when the chain leaves it to its caller. */
  #send(chain: LinkedChain, packet: Packet): "taken" | "passed" {
    this.#entered.add(chain);
    for (const rule of this.#tried.rulesOf(chain)) {
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
      const rules = this.#tried.rulesOf(chain);
      for (const rule of rules) {
        if (this.#hit.has(rule.ref)) continue;
        // What those meet that it stands for is not known.
        if (this.#tried.standIns.has(rule)) return undefined;
        const missed = this.#missed.get(rule) ?? [];
        const by = missed.length === 0 ? undefined : this.#shadows(rules, rule, missed);
        if (by === undefined) return undefined;
        found.push({ rule: rule.ref, by });
      }
    }
    return found;
  }

  /** The nearest rules before one that together take all of some packets, when none of them is a jump or in a list. */
  #shadows(
    rules: readonly LinkedRule[],
    rule: LinkedRule,
    packets: readonly Packet[],
  ): readonly RuleRef[] | undefined {
    const before = rules.slice(0, rules.indexOf(rule)).filter(({ ref }) => this.#hit.has(ref));
    const listed = listedAmong(before, this.#tried.standIns);
    const by: RuleRef[] = [];
    let left = packets;
    for (const nearest of before.toReversed()) {
      const rest = left.filter((packet) => !meets(packet, nearest));
      const { kind } = nearest.action;
      if (rest.length === left.length || kind === "none" || kind === "pass") continue;
      if ("chain" in nearest.action || listed.has(nearest)) return undefined;
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

/** Those of some rules that may be one list to the diagrams, which name the first of it that matches. */
function listedAmong(rules: readonly LinkedRule[], standIns: Shortened["standIns"]): ReadonlySet<LinkedRule> {
  const listed = new Set<LinkedRule>();
  for (let start = 0, end = 0; start < rules.length; start = end) {
    const calls = (rule: LinkedRule | undefined) => rule !== undefined && "chain" in rule.action;
    const other = rules.findIndex((rule, index) => index > start && calls(rule) !== calls(rules[start]));
    end = other === -1 ? rules.length : other;
    const alike = rules.slice(start, end);
    if (alike.length < SHORTEST_LIST && !alike.some((rule) => standIns.has(rule))) continue;
    for (const rule of alike) listed.add(rule);
  }
  return listed;
}
