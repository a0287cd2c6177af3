import type { IpFamily } from "../../net/address.ts";
import type { Chain, Rule } from "../../ruleset/rule.ts";
import { nftRule } from "../nft-rule.ts";
import { NFT_FAMILY, NFT_TABLE, nftCleanupLines, nftTableLines } from "../nftables.ts";
import { environmentVariable } from "./late-rule.ts";
import { PRELUDE, printer, printWhenSet, READ_POD_IPS, WITHOUT_IPV6 } from "./shell.ts";

/** A script that loads a table for each family, all in one transaction of `nft`. A second run changes nothing. */
export function guardedNftables(chains: readonly Chain[]): string {
  const families = familiesOf(chains);
  const late = chains.flatMap(lateRules);
  const lines = [
    "# Redirects the pod's TCP traffic to its proxy. It may run any number of times.",
    ...PRELUDE,
    ...(late.length > 0 ? READ_POD_IPS : []),
    ...families.flatMap((family) =>
      printer(
        `${family}_rules`,
        nftTableLines(family, chains.filter((chain) => chain.family === family).map(early)),
      ),
    ),
    ...families.flatMap((family) => [
      `${family}_late_rules() {`,
      ...late.filter((rule) => rule.family === family).map(printLate),
      "  :",
      "}",
    ]),
    ...whereAble(families),
    "{",
    ...families.map((family) =>
      family === "ipv4"
        ? "  ipv4_rules; ipv4_late_rules"
        : '  [ "$ipv6" = no ] || { ipv6_rules; ipv6_late_rules; }',
    ),
    "} | nft -f -",
  ];
  return `${lines.join("\n")}\n`;
}

/** A script that removes exactly what the other one added. */
export function guardedNftCleanup(chains: readonly Chain[]): string {
  const families = familiesOf(chains);
  const lines = [
    "# Removes the redirection of the pod's TCP traffic to its proxy. It may run any number of times.",
    "set -euf",
    ...families.flatMap((family) => printer(`${family}_removal`, nftCleanupLines(family))),
    ...families.map((family) =>
      family === "ipv4"
        ? "ipv4_removal | nft -f -"
        : "! ipv6_removal | nft -c -f - 2>/dev/null || ipv6_removal | nft -f -",
    ),
  ];
  return `${lines.join("\n")}\n`;
}

interface LateRule {
  readonly family: IpFamily;
  readonly chain: string;
  readonly rule: Rule;
  readonly variable: string;
}

/** IPv6 is only programmed where the kernel takes its table. */
function whereAble(families: readonly IpFamily[]): readonly string[] {
  if (!families.includes("ipv6")) return [];
  return [...WITHOUT_IPV6, "ipv6=yes", "ipv6_rules | nft -c -f - 2>/dev/null || { ipv6=no; without_ipv6; }"];
}

/** The chain without the rules whose address the script takes from its environment. */
function early(chain: Chain): Chain {
  return { ...chain, rules: chain.rules.filter((rule) => environmentVariable(rule) === undefined) };
}

/** Such rules stand at the head of their chain, so that they can be inserted when the others are there. */
function lateRules(chain: Chain): readonly LateRule[] {
  return chain.rules.flatMap((rule) => {
    const variable = environmentVariable(rule);
    return variable === undefined ? [] : [{ family: chain.family, chain: chain.name, rule, variable }];
  });
}

function printLate({ family, chain, rule, variable }: LateRule): string {
  const line = `insert rule ${NFT_FAMILY[family]} ${NFT_TABLE} ${chain} ${nftRule(rule, family)}`;
  return `  ${printWhenSet(variable, line)}`;
}

function familiesOf(chains: readonly Chain[]): readonly IpFamily[] {
  return [...new Set(chains.map(({ family }) => family))];
}
