/**
 * Chains as functions of packets. What a chain does is what its first rules do, then what its others do with the packets
 * that are left: an associative composition, so it is built from halves, and n ranges apart cost n log n.
 */

import { type Diagram, isLeaf } from "./diagram.ts";
import { type Decision, fateOfTarget, type PodFacts, UNKNOWN_POD } from "./fate.ts";
import type { LinkedChain, LinkedRule, RuleRef } from "./link.ts";
import { type PacketSet, type PacketSets, sidesOf } from "./packet-set.ts";
import type { PacketSpace } from "./space.ts";

/** What a chain, or a part of one, has done with a packet. */
export type Verdict =
  /** The next rule is asked. `by` is the last RETURN that the packet met, in a chain that was called. */
  | { readonly kind: "undecided"; readonly by?: RuleRef }
  /** The chain is left. `by` likewise: absent when a goto came to the end of its chain. */
  | { readonly kind: "returned"; readonly by?: RuleRef }
  | { readonly kind: "decided"; readonly decision: Decision };

/** Rules that stand next to each other: one, or two halves. */
export interface Segment {
  readonly first: CompiledRule;
  readonly halves?: readonly [Segment, Segment];
  readonly verdicts: Diagram<Verdict>;
}

/** A rule as a function of packets. */
export interface CompiledRule {
  readonly rule: LinkedRule;
  /** The packets that meet its conditions. */
  readonly matched: PacketSet;
  readonly verdicts: Diagram<Verdict>;
}

/** A chain as a function of packets. `root` is absent when it has no rules. */
export interface CompiledChain {
  readonly chain: LinkedChain;
  readonly rules: readonly CompiledRule[];
  readonly root?: Segment;
  readonly verdicts: Diagram<Verdict>;
}

/** Compiles chains of one space. */
export class ChainCompiler {
  readonly #space: PacketSpace;
  readonly #sets: PacketSets;
  readonly #pod: PodFacts;
  readonly #nothing: Diagram<Verdict>;
  readonly #chains = new Map<LinkedChain, CompiledChain>();
  readonly #calls = {
    undecided: new Map<LinkedChain, Diagram<Verdict>>(),
    returned: new Map<LinkedChain, Diagram<Verdict>>(),
  };
  readonly #returns = new Map<
    RuleRef | undefined,
    { readonly [kind in "undecided" | "returned"]: Verdict }
  >();
  readonly #then: (a: Diagram<Verdict>, b: Diagram<Verdict>) => Diagram<Verdict>;
  readonly #within: (set: PacketSet, b: Diagram<Verdict>) => Diagram<Verdict>;

  constructor(space: PacketSpace, sets: PacketSets, pod: PodFacts = UNKNOWN_POD) {
    const { store } = space;
    this.#space = space;
    this.#sets = sets;
    this.#pod = pod;
    const nothing = store.leaf(this.#way("undecided", undefined));
    this.#nothing = nothing;
    this.#then = store.operation(
      (a, b) => {
        if (a === nothing) return b;
        if (b === nothing || decides(a)) return a;
        return isLeaf(a) && isLeaf(b) ? store.leaf(this.#sequence(a.value, b.value)) : undefined;
      },
      (a) => (decides(a) ? a : undefined),
    );
    this.#within = store.operation(
      (set, b) => {
        if (set === sets.none) return nothing;
        return set === sets.all || b === nothing ? b : undefined;
      },
      (set) => (set === sets.none ? nothing : undefined),
    );
  }

  /** The chain as a function. The chains that it calls have to be compiled before it. */
  compile(chain: LinkedChain): CompiledChain {
    const rules = chain.rules.map((rule) => this.#rule(rule));
    const root = this.segment(rules);
    const verdicts = root?.verdicts ?? this.#nothing;
    const compiled = root === undefined ? { chain, rules, verdicts } : { chain, rules, root, verdicts };
    this.#chains.set(chain, compiled);
    return compiled;
  }

  /** Some rules of a chain, in their order, as a function; undefined when there are none. */
  segment(rules: readonly CompiledRule[]): Segment | undefined {
    return rules.length === 0 ? undefined : this.#join(rules, 0, rules.length);
  }

  #join(rules: readonly CompiledRule[], start: number, end: number): Segment {
    const first = rules[start] as CompiledRule;
    if (end - start === 1) return { first, verdicts: first.verdicts };
    const middle = (start + end) >>> 1;
    const before = this.#join(rules, start, middle);
    const after = this.#join(rules, middle, end);
    return { first, halves: [before, after], verdicts: this.#then(before.verdicts, after.verdicts) };
  }

  #rule(rule: LinkedRule): CompiledRule {
    const { store } = this.#space;
    const sides = sidesOf(this.#space, rule.conditions);
    const matched = store.box(sides, this.#sets.all, this.#sets.none);
    const { action, ref } = rule;
    const fate = fateOfTarget(ref.rule.target, this.#pod);
    if (fate !== undefined) {
      const decided = store.leaf<Verdict>({ kind: "decided", decision: { fate, by: ref } });
      return { rule, matched, verdicts: store.box(sides, decided, this.#nothing) };
    }
    switch (action.kind) {
      case "jump":
      case "goto": {
        const called = this.#called(action.chain, action.kind === "jump" ? "undecided" : "returned");
        return { rule, matched, verdicts: this.#within(matched, called) };
      }
      case "return":
        return {
          rule,
          matched,
          verdicts: store.box(sides, store.leaf(this.#way("returned", ref)), this.#nothing),
        };
      default:
        return { rule, matched, verdicts: this.#nothing };
    }
  }

  /** What a called chain leaves undecided comes back behind a jump, and leaves the calling chain too behind a goto. */
  #called(chain: LinkedChain, kind: "undecided" | "returned"): Diagram<Verdict> {
    const compiled = this.#chains.get(chain);
    if (compiled === undefined) throw new Error(`chain ${chain.source.name} is called before it is compiled`);
    const known = this.#calls[kind].get(chain);
    if (known !== undefined) return known;
    const called = this.#space.store.map(compiled.verdicts, (verdict) =>
      verdict.kind === "decided" ? verdict : this.#way(kind, verdict.by),
    );
    this.#calls[kind].set(chain, called);
    return called;
  }

  #sequence(before: Verdict, after: Verdict): Verdict {
    if (before.kind !== "undecided" || after.kind === "decided" || after.by !== undefined) {
      return before.kind === "undecided" ? after : before;
    }
    return this.#way(after.kind, before.by);
  }

  /** One object for each verdict, so that equal leaves are the same. */
  #way(kind: "undecided" | "returned", by: RuleRef | undefined): Verdict {
    let ways = this.#returns.get(by);
    if (ways === undefined) {
      ways =
        by === undefined
          ? { undecided: { kind: "undecided" }, returned: { kind: "returned" } }
          : { undecided: { kind: "undecided", by }, returned: { kind: "returned", by } };
      this.#returns.set(by, ways);
    }
    return ways[kind];
  }
}

function decides(verdicts: Diagram<Verdict>): boolean {
  return isLeaf(verdicts) && verdicts.value.kind !== "undecided";
}
