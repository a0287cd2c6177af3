/** What all tables together do to packets, as one function: the symbolic counterpart of `walk`. */
import type { Analysis } from "./analysis.ts";
import { cellOfNumber } from "./axis.ts";
import { ChainCompiler } from "./compile.ts";
import { type Diagram, isLeaf, leavesOf } from "./diagram.ts";
import type { DiagramStore } from "./diagram-store.ts";
import { type Decision, destinationAfter, type PodFacts, UNKNOWN_POD } from "./fate.ts";
import type { LinkedChain, LinkedChains, RuleRef } from "./link.ts";
import type { Direction, Endpoint, TrackedState } from "./packet.ts";
import { isBeforeTracking, packetPath } from "./packet-path.ts";
import type { PacketSpace } from "./space.ts";
import type { Verdict } from "./verdict.ts";

/**
 * What becomes of the packets that start their way in a direction, each with the rule that decides. It is told for
 * packets that there cannot be, too: see `World`.
 *
 * @throws TooComplexError when the rules interact in more ways than the budget of the analysis allows.
 */
export function decisionsOf(
  analysis: Analysis,
  chains: LinkedChains,
  direction: Direction,
  pod: PodFacts = UNKNOWN_POD,
): Diagram<Decision> {
  const { space } = analysis;
  const path = packetPath(chains, space.family, direction);
  const exits = exitsOf(analysis, chains, path, pod);
  let decisions: Diagram<Decision> = space.store.leaf(UNTOUCHED);
  for (const chain of path) {
    const exit = exits.get(chain) ?? space.store.leaf(UNTOUCHED);
    decisions = pass(analysis, decisions, exit, chain, direction);
  }
  return decisions;
}

const UNTOUCHED: Decision = { fate: { kind: "untouched" } };
const DROPPED: Decision = { fate: { kind: "dropped" } };

/** What each of some built-in chains does with the packets that are given to it. */
function exitsOf(
  { space, sets }: Analysis,
  chains: LinkedChains,
  path: readonly LinkedChain[],
  pod: PodFacts,
): ReadonlyMap<LinkedChain, Diagram<Decision>> {
  const compiler = new ChainCompiler(space, sets, pod);
  const wanted = reachableFrom(chains, path);
  const untouched = new Map<RuleRef, Decision>();
  const afterRules = (verdict: Verdict, policy: "accept" | "drop"): Decision => {
    if (verdict.kind === "decided") return verdict.decision;
    if (policy === "drop") return DROPPED;
    const { by } = verdict;
    if (by === undefined) return UNTOUCHED;
    const known = untouched.get(by) ?? { ...UNTOUCHED, by };
    untouched.set(by, known);
    return known;
  };
  const exits = new Map<LinkedChain, Diagram<Decision>>();
  for (const chain of wanted) {
    const { verdicts } = compiler.compile(chain);
    const { hook, policy = "accept" } = chain.source;
    if (hook !== undefined)
      exits.set(
        chain,
        space.store.map(verdicts, (verdict) => afterRules(verdict, policy)),
      );
  }
  return exits;
}

/** The chains that a packet can come to from some built-in ones, each before its callers. */
function reachableFrom(chains: LinkedChains, path: readonly LinkedChain[]): readonly LinkedChain[] {
  const wanted = new Set(path);
  for (const chain of chains.callersFirst) {
    if (!wanted.has(chain)) continue;
    for (const { action } of chain.rules) {
      if (action.kind === "jump" || action.kind === "goto") wanted.add(action.chain);
    }
  }
  return chains.callersFirst.filter((chain) => wanted.has(chain)).toReversed();
}

/** Sends packets on, from what has been decided about them, through one more built-in chain. */
function pass(
  analysis: Analysis,
  before: Diagram<Decision>,
  exits: Diagram<Decision>,
  { source }: LinkedChain,
  direction: Direction,
): Diagram<Decision> {
  const { space } = analysis;
  const { store } = space;
  const isNat = source.table === "nat";
  const seen = isBeforeTracking(source) ? store.restrict(exits, cellsAt(space, { state: "INVALID" })) : exits;
  const asked = isNat ? whereNatIsAsked(analysis, seen) : seen;
  const moved = isNat && source.hook !== "INPUT" ? before : passTranslated(space, before, asked, direction);
  return combining(store, asked, (decided, exit) =>
    isTranslated(decided) ? decided : afterExit(decided, exit, isNat),
  )(moved);
}

/** What was translated comes by with its new destination, once for each of them. */
function passTranslated(
  space: PacketSpace,
  before: Diagram<Decision>,
  asked: Diagram<Decision>,
  direction: Direction,
): Diagram<Decision> {
  const destinationOf = (decision: Decision) =>
    isTranslated(decision) ? destinationAfter(decision.fate, space.family, direction) : undefined;
  const destinations = new Map<string, Partial<Endpoint>>();
  for (const decision of leavesOf(before)) {
    const destination = destinationOf(decision);
    if (destination !== undefined) destinations.set(keyOf(destination), destination);
  }
  let decisions = before;
  for (const [key, destination] of destinations) {
    const seen = space.store.restrict(asked, cellsAt(space, { destination }));
    decisions = combining(space.store, seen, (decided, exit) => {
      const own = destinationOf(decided);
      return own === undefined || keyOf(own) !== key || isPassing(exit) ? decided : exit;
    })(decisions);
  }
  return decisions;
}

/** Changes what has been decided by how a built-in chain is left. A chain that says nothing changes nothing. */
function combining(
  store: DiagramStore,
  exits: Diagram<Decision>,
  combine: (decided: Decision, exit: Decision) => Decision,
): (before: Diagram<Decision>) => Diagram<Decision> {
  const silent = store.leaf(UNTOUCHED);
  const apply = store.operation<Decision, Decision, Decision>(
    (a, b) => {
      if (b === silent || isFinal(a)) return a;
      return isLeaf(a) && isLeaf(b) ? store.leaf(combine(a.value, b.value)) : undefined;
    },
    (a) => (isFinal(a) ? a : undefined),
  );
  return (before) => apply(before, exits);
}

function isFinal(decisions: Diagram<Decision>): boolean {
  if (!isLeaf(decisions)) return false;
  const { kind } = decisions.value.fate;
  return kind === "dropped" || kind === "not-modelled";
}

function isTranslated({ fate }: Decision): boolean {
  return fate.kind === "redirected" || fate.kind === "dnat";
}

function isPassing({ fate }: Decision): boolean {
  return fate.kind === "untouched" || fate.kind === "accepted";
}

/** Of the rules that let a packet pass, that of the nat table tells why it is not redirected. */
function afterExit(decided: Decision, exit: Decision, isNat: boolean): Decision {
  if (!isPassing(exit)) return exit;
  return exit.by !== undefined && (isNat || decided.by === undefined) ? exit : decided;
}

function whereNatIsAsked({ space, sets, world }: Analysis, exits: Diagram<Decision>): Diagram<Decision> {
  const { store } = space;
  const silent = store.leaf(UNTOUCHED);
  const within = store.operation<boolean, Decision, Decision>((set, b) => {
    if (set === sets.none) return silent;
    return set === sets.all || b === silent ? b : undefined;
  });
  return within(world.meetingNat, exits);
}

function keyOf({ address, port }: Partial<Endpoint>): string {
  return `${address ?? ""} ${port ?? ""}`;
}

/** The cells of what a chain sees a packet as. */
function cellsAt(
  { axes }: PacketSpace,
  seen: { readonly state?: TrackedState; readonly destination?: Partial<Endpoint> },
): ReadonlyMap<number, number> {
  const cells = new Map<number, number>();
  const { state, destination: { address, port } = {} } = seen;
  for (const [level, axis] of axes.entries()) {
    if (axis.kind === "state" && state !== undefined) cells.set(level, axis.states.indexOf(state));
    if (axis.kind !== "number") continue;
    if (axis.name === "destination" && address !== undefined) cells.set(level, cellOfNumber(axis, address));
    if (axis.name === "destination-port" && port !== undefined)
      cells.set(level, cellOfNumber(axis, BigInt(port)));
  }
  return cells;
}
