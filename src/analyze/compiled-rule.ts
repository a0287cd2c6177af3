import type { Diagram } from "./diagram.ts";
import type { LinkedRule } from "./link.ts";
import { type PacketSet, type PacketSets, type Sides, sidesOf } from "./packet-set.ts";
import type { PacketSpace } from "./space.ts";
import type { Verdict } from "./verdict.ts";

/** A rule as a function of packets. Neighbours are often made one function at once, so that its own is made on demand. */
export class CompiledRule {
  readonly rule: LinkedRule;
  /** What its conditions leave of each dimension. */
  readonly sides: Sides;
  readonly #space: PacketSpace;
  readonly #sets: PacketSets;
  readonly #verdictsOf: (rule: CompiledRule) => Diagram<Verdict>;
  #matched: PacketSet | undefined;
  #verdicts: Diagram<Verdict> | undefined;

  constructor(
    rule: LinkedRule,
    space: PacketSpace,
    sets: PacketSets,
    verdictsOf: (rule: CompiledRule) => Diagram<Verdict>,
  ) {
    this.rule = rule;
    this.sides = sidesOf(space, rule.conditions);
    this.#space = space;
    this.#sets = sets;
    this.#verdictsOf = verdictsOf;
  }

  /** The packets that meet its conditions. */
  get matched(): PacketSet {
    this.#matched ??= this.#space.store.box(this.sides, this.#sets.all, this.#sets.none);
    return this.#matched;
  }

  /** What it does to packets. */
  get verdicts(): Diagram<Verdict> {
    this.#verdicts ??= this.#verdictsOf(this);
    return this.#verdicts;
  }
}
