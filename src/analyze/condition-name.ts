import type { Chain, UnknownMatch } from "../ruleset/rule.ts";

/**
 * Match modules that read only what neither a rule nor the passing of packets changes, so that the same text gives the
 * same answer wherever one table asks (iptables-extensions(8)). Not among them: `statistic`, `limit`, `recent` and
 * others that count or draw lots, and `mark`, `set` and others that a target can write to.
 */
const STEADY_MODULES: ReadonlySet<string> = new Set([
  "addrtype",
  "ah",
  "dccp",
  "esp",
  "frag",
  "icmp",
  "icmp6",
  "iprange",
  "length",
  "mac",
  "physdev",
  "pkttype",
  "policy",
  "sctp",
  "socket",
  "tcp",
]);

/**
 * Names the unknown conditions of a chain, rule by rule. Conditions of one name hold or fail together for a packet;
 * those of different names are independent. What may change from one question to the next gets a name for each place,
 * which is counted among equal texts of its chain, so that other rules do not shift it.
 */
export function conditionNamer(chain: Chain): (match: UnknownMatch) => string {
  const seen = new Map<string, number>();
  return ({ name, text }) => {
    if (chain.table !== "mangle" && STEADY_MODULES.has(name)) return `${text} in ${chain.table}`;
    const count = (seen.get(text) ?? 0) + 1;
    seen.set(text, count);
    return `${text} in ${chain.table} ${chain.name}${count === 1 ? "" : `, number ${count}`}`;
  };
}
