import { BUILT_IN_CHAINS, hookOf, isTable } from "../../ruleset/built-in-chains.ts";
import type { Hook, Table } from "../../ruleset/rule.ts";
import { type JsonObject, textOf } from "./json.ts";

/** Where a base chain of nftables is attached. */
export interface BasePlace {
  readonly hook: Hook;
  readonly priority: number;
  /** The table of iptables that has the same part in the packet path. */
  readonly table: Table;
}

const HOOKS: ReadonlyMap<string, Hook> = new Map([
  ["prerouting", "PREROUTING"],
  ["input", "INPUT"],
  ["forward", "FORWARD"],
  ["output", "OUTPUT"],
  ["postrouting", "POSTROUTING"],
]);

/** Where a chain is attached; undefined for a chain that is only jumped to, and for hooks that IP rules do not have. */
export function basePlaceOf(chain: JsonObject): BasePlace | undefined {
  const hook = HOOKS.get(textOf(chain["hook"]) ?? "");
  if (hook === undefined) return undefined;
  const prio: unknown = chain["prio"];
  const priority = typeof prio === "number" ? prio : 0;
  return { hook, priority, table: tableOf(textOf(chain["type"]) ?? "filter", hook, priority) };
}

/**
 * Whether iptables-nft keeps its rules there: a table called as one of iptables, whose chains at hooks are all called as
 * iptables calls them. Its chains are those of iptables then.
 */
export function isOfIptables(
  table: string,
  bases: readonly (readonly [string, BasePlace])[],
): table is Table {
  return isTable(table) && bases.every(([name, { hook }]) => name === hook && hookOf(table, name) === hook);
}

/** By the type of the chain and its priority (NF_IP_PRI_* in linux/netfilter_ipv4.h). */
function tableOf(type: string, hook: Hook, priority: number): Table {
  if (type === "nat") return "nat";
  if (type === "route") return "mangle";
  if (priority < -200 && BUILT_IN_CHAINS.raw.includes(hook)) return "raw";
  // Filter and security have no chains before routing and behind it; mangle has all.
  if (priority < 0 || !BUILT_IN_CHAINS.filter.includes(hook)) return "mangle";
  return priority < 50 ? "filter" : "security";
}
