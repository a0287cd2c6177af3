/**
 * Chains as functions of packets. What a chain does is what its first rules do, then what its others do with the packets
 * that are left: an associative composition, so it is built from halves, and n ranges apart cost n log n.
 */
import { CompiledRule } from "./compiled-rule.ts";
import { type Diagram, isLeaf } from "./diagram.ts";
import { fateOfTarget, type PodFacts, UNKNOWN_POD } from "./fate.ts";
import type { LinkedChain } from "./link.ts";
import type { PacketSet, PacketSets } from "./packet-set.ts";
import { firstOfRun, runsOf } from "./run.ts";
import type { PacketSpace } from "./space.ts";
import { isFinal, type Verdict, Ways } from "./verdict.ts";

/** Rules that stand next to each other, as one function: a run (see `runsOf`), or two halves. */
export type Segment =
  | { readonly kind: "run"; readonly rules: readonly CompiledRule[]; readonly verdicts: Diagram<Verdict> }
  | {
      readonly kind: "halves";
      readonly before: Segment;
      readonly after: Segment;
      readonly verdicts: Diagram<Verdict>;
    };

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
  readonly #ways = new Ways();
  readonly #nothing: Diagram<Verdict>;
  readonly #chains = new Map<LinkedChain, CompiledChain>();
  readonly #called = {
    undecided: new Map<LinkedChain, Diagram<Verdict>>(),
    returned: new Map<LinkedChain, Diagram<Verdict>>(),
  };
  readonly #then: (a: Diagram<Verdict>, b: Diagram<Verdict>) => Diagram<Verdict>;
  readonly #within: (set: PacketSet, b: Diagram<Verdict>) => Diagram<Verdict>;

  constructor(space: PacketSpace, sets: PacketSets, pod: PodFacts = UNKNOWN_POD) {
    const { store } = space;
    this.#space = space;
    this.#sets = sets;
    this.#pod = pod;
    const nothing = store.leaf(this.#ways.of("undecided", undefined));
    this.#nothing = nothing;
    this.#then = store.operation(
      (a, b) => {
        if (a === nothing) return b;
        if (b === nothing || isFinal(a)) return a;
        return isLeaf(a) && isLeaf(b) ? store.leaf(this.#ways.sequence(a.value, b.value)) : undefined;
      },
      (a) => (isFinal(a) ? a : undefined),
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
    const verdictsOf = (rule: CompiledRule) => this.#verdictsOf([rule]);
    const rules = chain.rules.map((rule) => new CompiledRule(rule, this.#space, this.#sets, verdictsOf));
    const root = this.segment(rules);
    const verdicts = root?.verdicts ?? this.#nothing;
    const compiled = root === undefined ? { chain, rules, verdicts } : { chain, rules, root, verdicts };
    this.#chains.set(chain, compiled);
    return compiled;
  }

  /** Some rules of a chain, in their order, as a function; undefined when there are none. */
  segment(rules: readonly CompiledRule[]): Segment | undefined {
    const runs = runsOf(rules).map((run): Segment => {
      const [only] = run;
      const verdicts = run.length === 1 && only !== undefined ? only.verdicts : this.#verdictsOf(run);
      return { kind: "run", rules: run, verdicts };
    });
    return runs.length === 0 ? undefined : this.#join(runs, 0, runs.length);
  }

  /** The packets that match any rule of a run. */
  matchedBy(run: readonly CompiledRule[]): PacketSet {
    const [only] = run;
    if (run.length === 1 && only !== undefined) return only.matched;
    return firstOfRun(this.#space, run, () => this.#sets.all, this.#sets.none);
  }

  /** For each packet the first rule of a run that it matches; undefined when there is none. */
  ownersIn(run: readonly CompiledRule[]): Diagram<CompiledRule | undefined> {
    const { store } = this.#space;
    const [only] = run;
    if (run.length > 1)
      return firstOfRun<CompiledRule | undefined>(
        this.#space,
        run,
        (rule) => store.leaf(rule),
        store.leaf(undefined),
      );
    return only === undefined
      ? store.leaf(undefined)
      : store.box(only.sides, store.leaf(only), store.leaf(undefined));
  }

  #join(runs: readonly Segment[], start: number, end: number): Segment {
    if (end - start === 1) return runs[start] as Segment;
    const middle = (start + end) >>> 1;
    const before = this.#join(runs, start, middle);
    const after = this.#join(runs, middle, end);
    return { kind: "halves", before, after, verdicts: this.#then(before.verdicts, after.verdicts) };
  }

  #verdictsOf(run: readonly CompiledRule[]): Diagram<Verdict> {
    const { store } = this.#space;
    const [first] = run;
    if (first === undefined) return this.#nothing;
    const { action } = first.rule;
    switch (action.kind) {
      case "jump":
      case "goto": {
        const called = this.#calledBy(action.chain, action.kind === "jump" ? "undecided" : "returned");
        return this.#within(this.matchedBy(run), called);
      }
      case "pass":
      case "none":
        return this.#nothing;
      default: {
        const leafOf = (rule: CompiledRule) => store.leaf(this.#end(rule));
        if (run.length === 1) return store.box(first.sides, leafOf(first), this.#nothing);
        return firstOfRun(this.#space, run, leafOf, this.#nothing);
      }
    }
  }

  /** What a rule that ends its chain does with the packets that it matches. */
  #end({ rule: { ref } }: CompiledRule): Verdict {
    const fate = fateOfTarget(ref.rule.target, this.#pod);
    return fate === undefined
      ? this.#ways.of("returned", ref)
      : { kind: "decided", decision: { fate, by: ref } };
  }

  /** What a called chain leaves undecided comes back behind a jump, and leaves the calling chain too behind a goto. */
  #calledBy(chain: LinkedChain, kind: "undecided" | "returned"): Diagram<Verdict> {
    const compiled = this.#chains.get(chain);
    if (compiled === undefined) throw new Error(`chain ${chain.source.name} is called before it is compiled`);
    const known = this.#called[kind].get(chain);
    if (known !== undefined) return known;
    const called = this.#space.store.map(compiled.verdicts, (verdict) =>
      verdict.kind === "decided" ? verdict : this.#ways.of(kind, verdict.by),
    );
    this.#called[kind].set(chain, called);
    return called;
  }
}
