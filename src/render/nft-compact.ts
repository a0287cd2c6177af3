import { aggregate } from "../net/cidr-set.ts";
import type {
  AddressMatch,
  Chain,
  Match,
  MultiportMatch,
  PortMatch,
  PortSpan,
  Rule,
} from "../ruleset/rule.ts";

/** Rules that stand one behind the other for the same reason and differ only in the values of one match, as one with a set. */
export function withSets(chain: Chain): Chain {
  const groups: Group[] = [];
  for (const rule of chain.rules) {
    const key = groupKey(rule);
    const last = groups.at(-1);
    if (last !== undefined && key !== undefined && last.key === key) last.rules.push(rule);
    else groups.push({ key, rules: [rule] });
  }
  return { ...chain, rules: groups.map(({ rules }) => merge(rules)) };
}

interface Group {
  /** What the rules have in common; undefined for a rule that never stands with others. */
  readonly key: string | undefined;
  readonly rules: Rule[];
}

/** The matches whose values a set can hold. */
type Collectable = AddressMatch | PortMatch | MultiportMatch;

function isCollectable(match: Match): match is Collectable {
  return (
    (match.kind === "source" ||
      match.kind === "destination" ||
      match.kind === "destination-multiport" ||
      match.kind === "destination-port") &&
    !match.negated
  );
}

function isAddress(match: Collectable): match is AddressMatch {
  return match.kind === "source" || match.kind === "destination";
}

function groupKey(rule: Rule): string | undefined {
  const collectable = rule.matches.filter(isCollectable);
  const [only] = collectable;
  if (only === undefined || collectable.length > 1) return undefined;
  const set = isAddress(only) ? only.kind : "ports";
  const others = rule.matches.filter((match) => match !== only);
  return JSON.stringify([set, rule.reason, others, rule.target], (_, value: unknown) =>
    typeof value === "bigint" ? String(value) : value,
  );
}

function merge(rules: readonly Rule[]): Rule {
  const [first] = rules;
  if (first === undefined) throw new Error("a group has at least one rule");
  if (rules.length === 1) return first;
  const values = rules.flatMap((rule) => rule.matches.filter(isCollectable));
  const origins = rules.flatMap((rule) => rule.origins);
  const matches = first.matches.map((match) => (isCollectable(match) ? setOf(values) : match));
  return { ...first, matches, origins };
}

function setOf(matches: readonly Collectable[]): Match {
  const addresses = matches.filter(isAddress);
  const [first] = addresses;
  if (first !== undefined) {
    const ranges = aggregate(addresses.map(({ range }) => range));
    return { kind: `${first.kind}-set`, negated: false, ranges, text: "" };
  }
  return { kind: "destination-multiport", negated: false, ranges: matches.flatMap(spansOf) };
}

function spansOf(match: Collectable): readonly PortSpan[] {
  switch (match.kind) {
    case "source":
    case "destination":
      return [];
    case "source-port":
    case "destination-port":
      return [match.range];
    case "source-multiport":
    case "destination-multiport":
      return match.ranges;
  }
}
