import type { IpFamily } from "../net/address.ts";
import { analysisOf } from "./analysis.ts";
import { ChainCompiler, type CompiledChain, type Segment } from "./compile.ts";
import type { CompiledRule } from "./compiled-rule.ts";
import { type Diagram, isLeaf, pairSearch } from "./diagram.ts";
import type { LinkedChain, RuleRef } from "./link.ts";
import type { PacketSet, PacketSets } from "./packet-set.ts";
import type { Verdict } from "./verdict.ts";
import type { World } from "./world.ts";

/** A rule that sends packets to another chain. */
export interface Call {
  readonly caller: CompiledChain;
  readonly rule: CompiledRule;
}

/** Which packets of one family come to which chains, and which rules they hit. Each table is followed for itself. */
export class Reach {
  readonly sets: PacketSets;
  /** The chains of the family, each before those that it calls. */
  readonly chains: readonly CompiledChain[];
  readonly #world: World;
  readonly #compiler: ChainCompiler;
  readonly #isMet: (packets: PacketSet, arrivals: PacketSet) => boolean;
  readonly #hit = new Set<RuleRef>();
  readonly #arrivals = new Map<LinkedChain, PacketSet>();
  readonly #seen = new Map<LinkedChain, PacketSet>();
  readonly #calls = new Map<LinkedChain, Call[]>();
  readonly #sent = new Map<LinkedChain, PacketSet[]>();
  readonly #live = new Map<CompiledChain, Segment | undefined>();

  /** What a part of a chain leaves undecided of a set of packets. */
  readonly undecided: (set: PacketSet, verdicts: Diagram<Verdict>) => PacketSet;

  /**
   * Follows the packets from the built-in chains on.
   *
   * @throws TooComplexError when the rules interact in more ways than `budget` allows.
   */
  constructor(family: IpFamily, callersFirst: readonly LinkedChain[], budget?: number) {
    const { space, sets, world } = analysisOf(family, callersFirst, [], budget);
    const { none } = sets;
    this.sets = sets;
    this.#world = world;
    this.undecided = space.store.operation(
      (set, verdicts) => {
        if (set === none) return none;
        if (!isLeaf(verdicts)) return undefined;
        return verdicts.value.kind === "undecided" ? set : none;
      },
      (set) => (set === none ? none : undefined),
    );
    this.#compiler = new ChainCompiler(space, sets);
    this.#isMet = pairSearch(
      (arrives, comes) => arrives && comes,
      (set) => set === none,
    );
    const calledFirst = callersFirst.toReversed().map((chain) => this.#compiler.compile(chain));
    this.chains = calledFirst.toReversed();
    for (const chain of this.chains) this.#follow(chain);
  }

  /** Whether some packet reaches a rule and matches it. */
  isHit(rule: CompiledRule): boolean {
    return this.#hit.has(rule.rule.ref);
  }

  /** The packets that come to a chain. */
  arrivals(chain: CompiledChain): PacketSet {
    return this.#arrivals.get(chain.chain) ?? this.sets.none;
  }

  /** The packets that start at the built-in chains from which jumps lead to a chain. */
  seenByHooks(chain: CompiledChain): PacketSet {
    return this.#seen.get(chain.chain) ?? this.sets.none;
  }

  /** The rules that send packets to a chain. */
  calls(chain: CompiledChain): readonly Call[] {
    return this.#calls.get(chain.chain) ?? [];
  }

  /** Which rule of a run is the first that takes some packet of a set, for all of its packets. */
  ownersOf(packets: PacketSet, run: readonly CompiledRule[]): readonly CompiledRule[] {
    const owners = new Set<CompiledRule>();
    const note = (is: boolean, owner: CompiledRule | undefined): boolean => {
      if (is && owner !== undefined) owners.add(owner);
      return false;
    };
    pairSearch(note, (set) => set === this.sets.none)(packets, this.#compiler.ownersIn(run));
    return [...owners];
  }

  /** The rules of a chain that some packet hits; undefined when there are none. */
  live(chain: CompiledChain): Segment | undefined {
    if (!this.#live.has(chain)) {
      this.#live.set(chain, this.#compiler.segment(chain.rules.filter((rule) => this.isHit(rule))));
    }
    return this.#live.get(chain);
  }

  /** All callers of the chain have been followed before it. */
  #follow(chain: CompiledChain): void {
    const { anyOf } = this.sets;
    const started = this.#world.meeting(chain.chain.source);
    const arrivals = anyOf([started, ...(this.#sent.get(chain.chain) ?? [])]);
    const callers = new Set(this.calls(chain).map(({ caller }) => caller));
    this.#arrivals.set(chain.chain, arrivals);
    this.#seen.set(chain.chain, anyOf([started, ...[...callers].map((caller) => this.seenByHooks(caller))]));
    this.#hitByVerdict(chain, arrivals);
    this.#hitOnTheWay(chain, arrivals);
  }

  /** A rule that ends its chain is hit when it stands in the verdict on some packet. */
  #hitByVerdict(chain: CompiledChain, arrivals: PacketSet): void {
    const noteRule = (arrives: boolean, verdict: Verdict): boolean => {
      const by = verdict.kind === "decided" ? verdict.decision.by : verdict.by;
      if (arrives && by !== undefined) this.#hit.add(by);
      return false;
    };
    pairSearch(noteRule, (set) => set === this.sets.none)(arrivals, chain.verdicts);
  }

  /** A rule after which others may be asked leaves no trace in the verdicts: what comes to it is worked out. */
  #hitOnTheWay(chain: CompiledChain, arrivals: PacketSet): void {
    if (chain.root === undefined) return;
    const { all, and, anyOf, none } = this.sets;
    const sent = new Map<LinkedChain, PacketSet[]>();
    const passing = this.#passing(chain.root);
    const descend = (segment: Segment, packets: PacketSet): void => {
      const left = and(passing.get(segment) ?? none, packets);
      if (left === none) return;
      if (segment.kind === "halves") {
        const { before, after } = segment;
        descend(before, left);
        descend(after, this.undecided(and(passing.get(after) ?? none, left), before.verdicts));
        return;
      }
      this.#hitInRun(segment, left, arrivals);
      const action = segment.rules[0]?.rule.action;
      if (action?.kind === "jump" || action?.kind === "goto") push(sent, action.chain, left);
    };
    descend(chain.root, all);
    for (const rule of chain.rules) {
      const { action } = rule.rule;
      if (action.kind === "jump" || action.kind === "goto") {
        push(this.#calls, action.chain, { caller: chain, rule });
      }
    }
    for (const [called, packets] of sent) push(this.#sent, called, and(anyOf(packets), arrivals));
  }

  /** A rule of a run is hit by what it is the first to match, and by what comes back from where the first sent it. */
  #hitInRun(
    { rules, verdicts }: Segment & { readonly kind: "run" },
    packets: PacketSet,
    arrivals: PacketSet,
  ): void {
    const { and, none } = this.sets;
    const [only] = rules;
    if (only !== undefined && rules.length === 1) {
      if (this.#isMet(packets, arrivals)) this.#hit.add(only.rule.ref);
      return;
    }
    const met = and(packets, arrivals);
    for (const owner of this.ownersOf(met, rules)) this.#hit.add(owner.rule.ref);
    const back = this.undecided(met, verdicts);
    if (back === none) return;
    for (const rule of rules) if (this.#isMet(rule.matched, back)) this.#hit.add(rule.rule.ref);
  }

  /**
   * For each segment, the packets that match a rule in it after which others may be asked. What comes to such rules is
   * kept within these, so that no set is larger than the segment it is for; and it is worked out for all packets, so
   * that the many ways in which arriving packets differ are looked at once.
   */
  #passing(root: Segment): ReadonlyMap<Segment, PacketSet> {
    const passing = new Map<Segment, PacketSet>();
    const visit = (segment: Segment): PacketSet => {
      const own =
        segment.kind === "halves"
          ? this.sets.or(visit(segment.before), visit(segment.after))
          : this.#matchedInPassing(segment.rules);
      passing.set(segment, own);
      return own;
    };
    visit(root);
    return passing;
  }

  #matchedInPassing(run: readonly CompiledRule[]): PacketSet {
    switch (run[0]?.rule.action.kind) {
      case "jump":
      case "goto":
      case "pass":
      case "none":
        return this.#compiler.matchedBy(run);
      default:
        return this.sets.none;
    }
  }
}

function push<K, V>(lists: Map<K, V[]>, key: K, value: V): void {
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [value]);
  else list.push(value);
}
