import type { IpFamily } from "../net/address.ts";
import type { Chain, Hook, Rule } from "../ruleset/rule.ts";
import { withSets } from "./nft-compact.ts";
import { withoutNegatedOwners } from "./nft-owner.ts";
import { nftRule } from "./nft-rule.ts";
import { hasComment } from "./rule-text.ts";

/** The table that holds the chains, so that no other tool's table is touched. */
export const NFT_TABLE = "proxy_redirect";

/** Priority of destination NAT (linux/netfilter_ipv4.h, NF_IP_PRI_NAT_DST), where iptables has its nat table. */
const NAT_PRIORITY = -100;

/** The family's name in nftables. */
export const NFT_FAMILY: Readonly<Record<IpFamily, "ip" | "ip6">> = { ipv4: "ip", ipv6: "ip6" };

/**
 * Lines for `nft -f` that make a table with the chains of one family. Loaded as one transaction they replace whatever
 * the table held before, so that a second run changes nothing.
 */
function nftTableLines(family: IpFamily, chains: readonly Chain[]): readonly string[] {
  return [...nftOpeningLines(family), ...nftChainLines(chains)];
}

/** How the table begins: without what it held before, and open. */
export function nftOpeningLines(family: IpFamily): readonly string[] {
  return [...nftCleanupLines(family), `table ${NFT_FAMILY[family]} ${NFT_TABLE} {`];
}

/** The chains, and what closes their table. */
export function nftChainLines(chains: readonly Chain[]): readonly string[] {
  return [...withoutNegatedOwners(chains).flatMap(chainLines), "}"];
}

/** Lines for `nft -f` that remove the table, whether it is there or not. */
export function nftCleanupLines(family: IpFamily): readonly string[] {
  const table = `table ${NFT_FAMILY[family]} ${NFT_TABLE}`;
  return [table, `delete ${table}`];
}

/** The chains as one here-document for `nft`: every family in one transaction. The shell expands `$POD_IP` in it. */
export function renderNftables(chains: readonly Chain[], heading: string): string {
  const lines = byFamily(chains).flatMap(([family, its]) => nftTableLines(family, its));
  return nftHeredoc([heading, ...lines]);
}

/** What removes the tables of the chains. */
export function renderNftCleanup(chains: readonly Chain[]): string {
  return nftHeredoc(byFamily(chains).flatMap(([family]) => nftCleanupLines(family)));
}

function nftHeredoc(lines: readonly string[]): string {
  return `${["nft -f - <<EOF", ...lines, "EOF"].join("\n")}\n`;
}

function byFamily(chains: readonly Chain[]): readonly (readonly [IpFamily, readonly Chain[]])[] {
  return (["ipv4", "ipv6"] as const)
    .map((family) => [family, chains.filter((chain) => chain.family === family)] as const)
    .filter(([, its]) => its.length > 0);
}

function chainLines(chain: Chain): readonly string[] {
  const { rules } = withSets(chain);
  const base = chain.hook === undefined ? [] : [`    ${nftBaseChain(chain.hook)}`];
  return [
    `  chain ${chain.name} {`,
    ...base,
    ...rules.flatMap((rule, index) => ruleLines(rule, rules[index - 1], chain.family)),
    "  }",
  ];
}

/** What makes a chain of ours a base chain. */
export function nftBaseChain(hook: Hook): string {
  return `type nat hook ${hook.toLowerCase()} priority ${NAT_PRIORITY}; policy accept;`;
}

/** A rule under its reason, which is not repeated when the rule before, or its own comment, has the same. */
function ruleLines(rule: Rule, before: Rule | undefined, family: IpFamily): readonly string[] {
  const isTold = rule.reason === before?.reason || hasComment(rule);
  const reason = isTold ? [] : [`    # ${rule.reason}`];
  return [...reason, `    ${nftRule(rule, family)}`];
}
