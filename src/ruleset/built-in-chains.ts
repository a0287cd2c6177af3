import type { Hook, Table } from "./rule.ts";

/** The built-in chains of each table, in the order in which `iptables-save` prints them (net/ipv4/netfilter/iptable_*.c). */
export const BUILT_IN_CHAINS: { readonly [table in Table]: readonly Hook[] } = {
  nat: ["PREROUTING", "INPUT", "OUTPUT", "POSTROUTING"],
  filter: ["INPUT", "FORWARD", "OUTPUT"],
  mangle: ["PREROUTING", "INPUT", "FORWARD", "OUTPUT", "POSTROUTING"],
  raw: ["PREROUTING", "OUTPUT"],
  security: ["INPUT", "FORWARD", "OUTPUT"],
};

/** The hook that a chain of that name is attached to in that table; undefined for a user's chain. */
export function hookOf(table: Table, chain: string): Hook | undefined {
  return BUILT_IN_CHAINS[table].find((hook) => hook === chain);
}

/** Whether the text names a table of iptables. */
export function isTable(text: string): text is Table {
  return Object.hasOwn(BUILT_IN_CHAINS, text);
}
