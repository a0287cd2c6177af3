import type { IpFamily } from "../net/address.ts";
import { hookOf } from "./built-in-chains.ts";
import type { Chain, Rule, Table } from "./rule.ts";
import { ruleKey } from "./rule-key.ts";

/** What takes a table from the rules that it has to those that are wanted. What is not named in it stays as it is. */
export interface TableRepair {
  readonly family: IpFamily;
  readonly table: Table;
  /** The user chains that are wanted. They replace what chains of their names have. */
  readonly chains: readonly Chain[];
  /** User chains of ours that are there and not wanted. */
  readonly removed: readonly string[];
  readonly hooks: readonly HookRepair[];
}

/** What takes a built-in chain to its wanted rules: its rules of ours go, and the wanted ones stand in their place. */
export interface HookRepair {
  readonly chain: string;
  readonly wanted: readonly Rule[];
  /** Beside jumps to chains of the repair, the rules that are ours: those that are wanted, and those that are there. */
  readonly ours: readonly Rule[];
  /** The policy, where it changes. */
  readonly policy?: "accept" | "drop";
}

/** What in a live table belongs to those who want other rules in it. Everything else is of other tools. */
export interface Ownership {
  readonly chain: (name: string) => boolean;
  /** For a rule of a built-in chain that jumps to no chain of ours. */
  readonly rule: (rule: Rule) => boolean;
}

/** What takes the live chains to the wanted ones: a repair for each table that either has something of ours in. */
export function repairTables(
  live: readonly Chain[],
  wanted: readonly Chain[],
  ours: Ownership,
): readonly TableRepair[] {
  const places = new Map([...wanted, ...live].map((chain) => [placeOf(chain), chain]));
  return [...places].flatMap(([place, { family, table }]) => {
    const has = live.filter((chain) => placeOf(chain) === place);
    const wants = wanted.filter((chain) => placeOf(chain) === place);
    return isSame(has, wants) ? [] : repairOf(family, table, has, wants, ours);
  });
}

/** The chains that there are when repairs were made. */
export function repairedChains(live: readonly Chain[], repairs: readonly TableRepair[]): readonly Chain[] {
  const touched = new Map(repairs.map((repair) => [placeOf(repair), repair]));
  const kept = live.flatMap((chain) => {
    const repair = touched.get(placeOf(chain));
    return repair === undefined ? [chain] : chainAfter(chain, repair);
  });
  const added = repairs.flatMap((repair) => {
    const there = live.filter((chain) => placeOf(chain) === placeOf(repair));
    const hooks = repair.hooks.filter(({ chain }) => named(there, chain) === undefined);
    return [...hooks.map((hook) => newHook(hook, repair)), ...repair.chains];
  });
  return [...kept, ...added];
}

/** Which rules of a built-in chain go when the chain is repaired. */
function takenBy({ ours }: HookRepair, { chains, removed }: TableRepair): (rule: Rule) => boolean {
  const names = new Set([...chains.map(({ name }) => name), ...removed]);
  const keys = new Set(ours.map(ruleKey));
  return (rule) => jumpsTo(names)(rule) || keys.has(ruleKey(rule));
}

function repairOf(
  family: IpFamily,
  table: Table,
  live: readonly Chain[],
  wanted: readonly Chain[],
  ours: Ownership,
): readonly TableRepair[] {
  const chains = wanted.filter(isUserChain);
  const names = new Set(chains.map(({ name }) => name));
  const isOurs = ({ name }: Chain) => names.has(name) || ours.chain(name);
  const user = live.filter(isUserChain);
  // The kernel keeps a chain that some rule jumps to.
  const needed = new Set(user.filter((chain) => !isOurs(chain)).flatMap(called));
  const removed = user
    .map(({ name }) => name)
    .filter((name) => ours.chain(name) && !names.has(name) && !needed.has(name));
  const own = new Set([...names, ...removed]);
  const builtIn = [...wanted, ...live].filter((chain) => !isUserChain(chain));
  const hooks = [...new Set(builtIn.map(({ name }) => name))].flatMap((name) =>
    hookRepair(named(live, name), named(wanted, name), { own, ours }),
  );
  const isNothing = chains.length === 0 && removed.length === 0 && hooks.length === 0;
  return isNothing ? [] : [{ family, table, chains, removed, hooks }];
}

function hookRepair(
  live: Chain | undefined,
  wanted: Chain | undefined,
  { own, ours }: { readonly own: ReadonlySet<string>; readonly ours: Ownership },
): readonly HookRepair[] {
  const chain = (wanted ?? live)?.name ?? "";
  const rules = wanted?.rules ?? [];
  const jumps = jumpsTo(own);
  const there = (live?.rules ?? []).filter((rule) => jumps(rule) || ours.rule(rule));
  const policy = wanted?.policy === "drop" && live?.policy !== "drop" ? wanted.policy : undefined;
  if (there.length === 0 && rules.length === 0 && policy === undefined) return [];
  const direct = [...rules, ...there].filter((rule) => !jumps(rule));
  return [{ chain, wanted: rules, ours: direct, ...(policy && { policy }) }];
}

function jumpsTo(names: ReadonlySet<string>): (rule: Rule) => boolean {
  return ({ target }) => "chain" in target && names.has(target.chain);
}

function chainAfter(chain: Chain, repair: TableRepair): readonly Chain[] {
  if (isUserChain(chain)) {
    const isReplaced = named(repair.chains, chain.name) !== undefined;
    return isReplaced || repair.removed.includes(chain.name) ? [] : [chain];
  }
  const hook = repair.hooks.find((each) => each.chain === chain.name);
  if (hook === undefined) return [chain];
  const isTaken = takenBy(hook, repair);
  const others = chain.rules.filter((rule) => !isTaken(rule));
  const first = chain.rules.findIndex(isTaken);
  const rules = others.toSpliced(first === -1 ? others.length : first, 0, ...hook.wanted);
  return [{ ...chain, rules, ...(hook.policy && { policy: hook.policy }) }];
}

function newHook({ chain, wanted, policy }: HookRepair, { family, table }: TableRepair): Chain {
  const hook = hookOf(table, chain);
  return { family, table, name: chain, ...(hook && { hook }), ...(policy && { policy }), rules: wanted };
}

function isSame(some: readonly Chain[], others: readonly Chain[]): boolean {
  const key = (chains: readonly Chain[]) =>
    JSON.stringify(chains.map(({ name, policy, rules }) => [name, policy, rules.map(ruleKey)]).sort());
  return key(some) === key(others);
}

function isUserChain({ hook }: Chain): boolean {
  return hook === undefined;
}

function named(chains: readonly Chain[], name: string): Chain | undefined {
  return chains.find((chain) => chain.name === name);
}

function called({ rules }: Chain): readonly string[] {
  return rules.flatMap(({ target }) => ("chain" in target ? [target.chain] : []));
}

function placeOf({ family, table }: Pick<Chain, "family" | "table">): string {
  return `${family} ${table}`;
}
