import type { Analysis } from "./analysis.ts";
import { type Diagram, isLeaf } from "./diagram.ts";
import { type Decision, type Fate, fateKey } from "./fate.ts";
import type { Direction } from "./packet.ts";
import { simplify } from "./simplify.ts";

/** What becomes of a packet under two sets of rules, where it is not the same. */
export interface FateChange {
  readonly before: Fate;
  readonly after: Fate;
}

/**
 * A projection of decisions to their effect: whoever decides, and whether a packet that goes where it was sent was let
 * through by a rule or by none (then it is `untouched`). What one such projection gives can be compared.
 */
export function effectProjection({ space }: Analysis): (decisions: Diagram<Decision>) => Diagram<Fate> {
  const fates = new Map<string, Fate>();
  const effectOf = ({ fate }: Decision): Fate => {
    const effect: Fate = fate.kind === "accepted" ? { kind: "untouched" } : fate;
    const known = fates.get(fateKey(effect)) ?? effect;
    fates.set(fateKey(effect), known);
    return known;
  };
  return (decisions) => space.store.map(decisions, effectOf);
}

/**
 * Where the effects of two sets of rules on the packets of a direction differ; undefined where they do not. The function
 * is told as simply as it can be: it counts for packets that there can be (`World`) alone.
 */
export function differenceOf(
  { space, sets, world }: Analysis,
  before: Diagram<Fate>,
  after: Diagram<Fate>,
  direction: Direction,
): Diagram<FateChange | undefined> {
  const { store } = space;
  const same = store.leaf<FateChange | undefined>(undefined);
  const changes = new Map<Fate, Map<Fate, FateChange>>();
  const changeOf = (from: Fate, to: Fate): FateChange => {
    const known = changes.get(from) ?? new Map<Fate, FateChange>();
    changes.set(from, known);
    const change = known.get(to) ?? { before: from, after: to };
    known.set(to, change);
    return change;
  };
  const compare = store.operation<Fate, Fate, FateChange | undefined>((a, b) => {
    // One store keeps one object for each function, so the same object on both sides is the same effect on all.
    if (a === b) return same;
    return isLeaf(a) && isLeaf(b) ? store.leaf(changeOf(a.value, b.value)) : undefined;
  });
  const within = store.operation<boolean, FateChange | undefined, FateChange | undefined>((set, change) => {
    if (set === sets.none || change === same) return same;
    return set === sets.all ? change : undefined;
  });
  const raw = compare(before, after);
  const care = world.starting(direction);
  return within(care, raw) === same ? same : simplify(store, sets, raw, care);
}
