import { type Diagram, isLeaf } from "./diagram.ts";
import type { Decision } from "./fate.ts";
import type { RuleRef } from "./link.ts";

/** What a chain, or a part of one, has done with a packet. */
export type Verdict =
  /** The next rule is asked. `by` is the last RETURN that the packet met, in a chain that was called. */
  | { readonly kind: "undecided"; readonly by?: RuleRef }
  /** The chain is left. `by` likewise: absent when a goto came to the end of its chain. */
  | { readonly kind: "returned"; readonly by?: RuleRef }
  | { readonly kind: "decided"; readonly decision: Decision };

/** Whether every packet is decided in one way, or leaves the chain. */
export function isFinal(verdicts: Diagram<Verdict>): boolean {
  return isLeaf(verdicts) && verdicts.value.kind !== "undecided";
}

/** Verdicts without a decision, one object for each, so that equal leaves are the same. */
export class Ways {
  readonly #ways = {
    undecided: new Map<RuleRef | undefined, Verdict>(),
    returned: new Map<RuleRef | undefined, Verdict>(),
  };

  /** The verdict of that kind with that RETURN. */
  of(kind: "undecided" | "returned", by: RuleRef | undefined): Verdict {
    const known = this.#ways[kind].get(by);
    if (known !== undefined) return known;
    const way: Verdict = by === undefined ? { kind } : { kind, by };
    this.#ways[kind].set(by, way);
    return way;
  }

  /** What comes of a packet for which some rules have the verdict `before`, and those behind them `after`. */
  sequence(before: Verdict, after: Verdict): Verdict {
    if (before.kind !== "undecided") return before;
    if (after.kind === "decided" || after.by !== undefined) return after;
    return this.of(after.kind, before.by);
  }
}
