import type { IpFamily } from "../../net/address.ts";
import type { Chain, Rule } from "../../ruleset/rule.ts";
import { nftRule } from "../nft-rule.ts";
import {
  NFT_FAMILY,
  NFT_TABLE,
  nftBaseChain,
  nftChainLines,
  nftCleanupLines,
  nftOpeningLines,
} from "../nftables.ts";
import { environmentVariable } from "./late-rule.ts";
import {
  hereDocument,
  IPV6_ADDRESSES,
  PRELUDE,
  printLines,
  printWhenSet,
  quoted,
  READ_POD_IPS,
  TRY,
  WITHOUT_IPV6,
} from "./shell.ts";

/**
 * A script that loads a table for each family, each in one transaction of `nft`, and removes those of other families. A
 * second run changes nothing.
 *
 * The lines that remove a table's old content also open the new one, and the shell prints them in one piece. Should
 * whoever prints the rest be killed, the table is not closed, and nft refuses the whole.
 */
export function guardedNftables(chains: readonly Chain[], removed: readonly IpFamily[] = []): string {
  const families = familiesOf(chains);
  const lines = [
    "# Redirects the pod's TCP traffic to its proxy. It may run any number of times.",
    ...PRELUDE,
    ...(chains.some((chain) => lateRules(chain).length > 0) ? READ_POD_IPS : []),
    ...families.flatMap((family) =>
      familyPart(
        family,
        chains.filter((chain) => chain.family === family),
      ),
    ),
    ...removalPart(removed),
  ];
  return `${lines.join("\n")}\n`;
}

/** A script that removes exactly what the other one added. */
export function guardedNftCleanup(chains: readonly Chain[]): string {
  const families = familiesOf(chains);
  const lines = [
    "# Removes the redirection of the pod's TCP traffic to its proxy. It may run any number of times.",
    ...(families.includes("ipv6") ? PRELUDE : ["set -euf"]),
    ...removalPart(families),
  ];
  return `${lines.join("\n")}\n`;
}

/** What removes tables. It is an argument of nft, which would take for done what nobody has printed for it. */
function removalPart(families: readonly IpFamily[]): readonly string[] {
  return families.flatMap((family) => {
    const lines = quoted(nftCleanupLines(family).join("; "));
    if (family === "ipv4") return [`nft ${lines}`];
    // A kernel without IPv6 has no such table, and refuses the lines.
    return [...TRY, `try nft -c ${lines}`, `[ $code -ne 0 ] || nft ${lines}`];
  });
}

/** A rule whose target is an address that the script takes from its environment. It is the first of its chain. */
interface LateRule {
  readonly chain: Chain;
  readonly rule: Rule;
  readonly variable: string;
}

function familyPart(family: IpFamily, chains: readonly Chain[]): readonly string[] {
  return [
    `${family}_rules() {`,
    printLines(nftOpeningLines(family)),
    ...chains.flatMap(lateRules).flatMap(printLate),
    ...hereDocument(nftChainLines(chains.map(early))),
    "}",
    ...whereAble(family, `${family}_rules | nft -f -`),
  ];
}

/** IPv4 is taken for granted; IPv6 is only programmed where the kernel takes a chain like ours. */
function whereAble(family: IpFamily, load: string): readonly string[] {
  if (family === "ipv4") return [load];
  const table = `${NFT_FAMILY.ipv6} ${NFT_TABLE}`;
  const chain = `add chain ${table} PREROUTING { ${nftBaseChain("PREROUTING")} }`;
  return [
    ...WITHOUT_IPV6,
    ...TRY,
    `try nft -c ${quoted(`add table ${table}; ${chain}`)}`,
    `if [ -e ${IPV6_ADDRESSES} ] && [ $code -eq 0 ]; then ${load}; else without_ipv6; fi`,
  ];
}

/** The chain without the rules whose address the script takes from its environment. */
function early(chain: Chain): Chain {
  return { ...chain, rules: chain.rules.filter((rule) => environmentVariable(rule) === undefined) };
}

function lateRules(chain: Chain): readonly LateRule[] {
  return chain.rules.flatMap((rule) => {
    const variable = environmentVariable(rule);
    return variable === undefined ? [] : [{ chain, rule, variable }];
  });
}

/** A chain that is opened twice has the rules of both places, in their order. */
function printLate({ chain, rule, variable }: LateRule): readonly string[] {
  const line = `  chain ${chain.name} { ${nftRule(rule, chain.family)}; }`;
  return [`# ${rule.reason}`, printWhenSet(variable, line)];
}

function familiesOf(chains: readonly Chain[]): readonly IpFamily[] {
  return [...new Set(chains.map(({ family }) => family))];
}
