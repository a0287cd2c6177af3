/**
 * The kernel's way through the rules for one packet, rule by rule (`ipt_do_table` in `ip_tables.c`). It is as plain as
 * it can be and shares no shortcut with the diagrams, whose judge it is.
 */
import type { Chain, Match } from "../ruleset/rule.ts";
import {
  type Decision,
  destinationAfter,
  type Fate,
  fateOfTarget,
  type PodFacts,
  UNKNOWN_POD,
} from "./fate.ts";
import type { LinkedChain, LinkedChains, LinkedRule, RuleRef } from "./link.ts";
import { matchHolds } from "./match-holds.ts";
import type { Packet } from "./packet.ts";
import { isBeforeTracking, meetsNat, packetPath } from "./packet-path.ts";

/** One thing that happened on the way. */
export type Step =
  /** A rule was asked. */
  | {
      readonly kind: "rule";
      readonly rule: RuleRef;
      /** The match of the rule that does not hold for the packet. Absent: all hold, and the target takes it. */
      readonly failed?: Match;
      /** The conditions that decided whether the rule matches and are not modelled: they were taken from the packet. */
      readonly assumed: readonly string[];
    }
  /** A built-in chain had no more to say, and its policy was taken. */
  | { readonly kind: "policy"; readonly chain: Chain; readonly policy: "accept" | "drop" };

/** A packet's way and its end. */
export interface Trace {
  readonly steps: readonly Step[];
  readonly decision: Decision;
}

/** Which way a built-in chain was left. `by` is the rule that ended the walk; a RETURN when the policy was taken. */
interface Exit {
  readonly fate: Fate;
  readonly by: RuleRef | undefined;
}

/** Walks a packet through all built-in chains on its path. */
export function walk(chains: LinkedChains, packet: Packet, pod: PodFacts = UNKNOWN_POD): Trace {
  const steps: Step[] = [];
  let decision: Decision = { fate: { kind: "untouched" } };
  let current = packet;
  let translated = false;
  for (const chain of packetPath(chains, packet.family, packet.direction)) {
    const { source } = chain;
    const isNat = source.table === "nat";
    // What is translated is not translated again.
    if (isNat && (!meetsNat(packet) || (translated && source.hook !== "INPUT"))) continue;
    const seen: Packet = isBeforeTracking(source) ? { ...current, state: "INVALID" } : current;
    const { fate, by } = walkChain(chain, seen, pod, steps);
    switch (fate.kind) {
      case "untouched":
      case "accepted":
        // Of the rules that let a packet pass, that of the nat table tells why it is not redirected.
        if (by !== undefined && !translated && (isNat || decision.by === undefined)) decision = { fate, by };
        break;
      case "dropped":
      case "not-modelled":
        return { steps, decision: withRule(fate, by) };
      case "redirected":
      case "dnat": {
        translated = true;
        decision = withRule(fate, by);
        const destination = destinationAfter(fate, packet.family, packet.direction);
        if (destination === undefined) return { steps, decision };
        current = { ...current, destination: { ...current.destination, ...destination } };
      }
    }
  }
  return { steps, decision };
}

function walkChain(base: LinkedChain, packet: Packet, pod: PodFacts, steps: Step[]): Exit {
  const callers: { chain: LinkedChain; next: number }[] = [];
  let chain = base;
  let next = 0;
  let returned: RuleRef | undefined;
  for (;;) {
    const rule = chain.rules[next++];
    let leaves = rule === undefined;
    if (rule !== undefined) {
      const step = ask(rule, packet);
      steps.push(step);
      if (step.failed !== undefined) continue;
      const { action, ref } = rule;
      switch (action.kind) {
        case "jump":
        case "goto":
          if (action.kind === "jump") callers.push({ chain, next });
          chain = action.chain;
          next = 0;
          break;
        case "return":
          returned = ref;
          leaves = true;
          break;
        default: {
          const fate = fateOfTarget(action, pod);
          if (fate !== undefined) return { fate, by: ref };
        }
      }
    }
    if (!leaves) continue;
    const caller = callers.pop();
    if (caller === undefined) {
      const { source } = base;
      const policy = source.policy ?? "accept";
      steps.push({ kind: "policy", chain: source, policy });
      return policy === "accept"
        ? { fate: { kind: "untouched" }, by: returned }
        : { fate: { kind: "dropped" }, by: undefined };
    }
    ({ chain, next } = caller);
  }
}

/** What is known is asked first, so that a step assumes only what its outcome hangs on. */
function ask(rule: LinkedRule, packet: Packet): Extract<Step, { kind: "rule" }> {
  const { conditions, ref } = rule;
  const fails = (condition: Match) => !matchHolds(condition, packet);
  const isKnown = ({ kind }: Match) => kind !== "unknown";
  const known = conditions.findIndex((condition) => isKnown(condition) && fails(condition));
  const at = known === -1 ? conditions.findIndex(fails) : known;
  const failed = ref.rule.matches[at];
  const assumed =
    known === -1
      ? conditions.flatMap((condition) => (condition.kind === "unknown" ? condition.text : []))
      : [];
  const step = { kind: "rule", rule: ref, assumed } as const;
  return failed === undefined ? step : { ...step, failed };
}

function withRule(fate: Fate, by: RuleRef | undefined): Decision {
  return by === undefined ? { fate } : { fate, by };
}
