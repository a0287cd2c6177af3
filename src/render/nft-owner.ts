import type { Chain, Match, OwnerMatch, Rule } from "../ruleset/rule.ts";

/**
 * Chains that mean the same without a negated owner match.
 *
 * In iptables `! --uid-owner N` also holds for a packet that no socket sent; in nftables `meta skuid != N` does not,
 * because an expression without a value ends the rule. So a rule that says "when M, and not owner U: T" becomes "when M
 * and owner U: go on behind this rule; when M: T", where what stands behind the rule moves to a chain of its own.
 */
export function withoutNegatedOwners(chains: readonly Chain[]): readonly Chain[] {
  return chains.flatMap((chain) => split(chain, chain.name, 2));
}

function split(chain: Chain, base: string, part: number): readonly Chain[] {
  const index = chain.rules.findIndex((rule) => rule.matches.some(isNegatedOwner));
  const rule = chain.rules[index];
  if (rule === undefined) return [chain];

  const rest: Chain = {
    family: chain.family,
    table: chain.table,
    name: `${base}_${part}`,
    rules: chain.rules.slice(index + 1),
  };
  const goOn = { matches: [], target: { kind: "goto", chain: rest.name }, origins: rule.origins } as const;
  const others = rule.matches.filter((match) => !isNegatedOwner(match));
  const exceptions = rule.matches.filter(isNegatedOwner).map(
    (owner): Rule => ({
      ...goOn,
      matches: [...others, { ...owner, negated: false }],
      reason: rule.reason,
    }),
  );
  const head = [
    ...chain.rules.slice(0, index),
    ...exceptions,
    { ...rule, matches: others },
    { ...goOn, reason: "What is not decided so far" },
  ];
  return [{ ...chain, rules: head }, ...split(rest, base, part + 1)];
}

function isNegatedOwner(match: Match): match is OwnerMatch {
  return (match.kind === "owner-uid" || match.kind === "owner-gid") && match.negated;
}
