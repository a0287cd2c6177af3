import { type Cidr, cidrInterval, cidrOf } from "../../src/net/cidr.ts";
import type { Chain, Match, Rule, Target } from "../../src/ruleset/rule.ts";

/** Every rule set that differs from `chains` in one place. */
export function* mutants(
  chains: readonly Chain[],
): Generator<{ readonly kind: string; readonly chains: readonly Chain[] }> {
  for (const [at, chain] of chains.entries()) {
    const withRules = (kind: string, rules: readonly Rule[]) => ({
      kind,
      chains: chains.with(at, { ...chain, rules }),
    });
    for (const [index, rule] of chain.rules.entries()) {
      const next = chain.rules[index + 1];
      yield withRules("delete", chain.rules.toSpliced(index, 1));
      yield withRules("duplicate", chain.rules.toSpliced(index, 0, rule));
      yield withRules("duplicate at the end", [...chain.rules, rule]);
      if (next !== undefined) yield withRules("swap", chain.rules.with(index, next).with(index + 1, rule));
      for (const target of otherTargets(rule.target))
        yield withRules("target", chain.rules.with(index, { ...rule, target }));
      for (const [place, match] of rule.matches.entries()) {
        yield withRules(
          "fewer conditions",
          chain.rules.with(index, { ...rule, matches: rule.matches.toSpliced(place, 1) }),
        );
        for (const other of otherMatches(match)) {
          yield withRules(
            match.kind,
            chain.rules.with(index, { ...rule, matches: rule.matches.with(place, other) }),
          );
        }
      }
    }
  }
}

function otherTargets(target: Target): readonly Target[] {
  switch (target.kind) {
    case "redirect":
      return [{ kind: "redirect", port: target.port === 15001 ? 15003 : 15001 }, { kind: "return" }];
    case "jump":
      return [{ kind: "goto", chain: target.chain }, { kind: "accept" }, { kind: "none" }];
    case "return":
      return [{ kind: "accept" }, { kind: "none" }, { kind: "redirect", port: 15001 }];
    case "dnat": {
      const address = { kind: "literal", text: "192.0.2.77" } as const;
      return [{ ...target, address }, { ...target, port: 1 }, { kind: "return" }, { kind: "none" }];
    }
    default:
      return [{ kind: "return" }, { kind: "none" }];
  }
}

function otherMatches(match: Match): readonly Match[] {
  const turned = "negated" in match ? [{ ...match, negated: !match.negated }] : [];
  switch (match.kind) {
    case "destination": {
      const { range } = match;
      const next = { family: range.family, value: cidrInterval(range).end } as const;
      return [...turned, { ...match, range: wider(range) }, { ...match, range: cidrOf(next, range.prefix) }];
    }
    case "destination-port":
      return [...turned, { ...match, range: { first: match.range.first, last: match.range.last + 1 } }];
    case "destination-multiport":
      return [...turned, { ...match, ranges: match.ranges.slice(1) }].filter(
        (other) => !("ranges" in other) || other.ranges.length > 0,
      );
    case "owner-uid":
      return [...turned, { ...match, ids: { first: match.ids.first, last: match.ids.last + 1 } }];
    case "in-interface":
    case "out-interface":
      return [...turned, { ...match, name: match.name === "lo" ? "eth0" : "lo" }, { ...match, name: "eth+" }];
    case "protocol":
      return [...turned, { ...match, protocol: match.protocol === "tcp" ? "udp" : "tcp" }];
    default:
      return turned;
  }
}

function wider({ family, address: value, prefix }: Cidr): Cidr {
  return cidrOf({ family, value }, Math.max(prefix - 1, 0));
}
