import type { IpFamily } from "../../net/address.ts";
import { nameOfProtocol, numberOfProtocol, PROTOCOLS_WITH_PORTS } from "../../ruleset/protocol.ts";
import { CONNECTION_STATES, type IdRange, type Match } from "../../ruleset/rule.ts";
import { MAX_RULES_OF_A_LINE } from "../limits.ts";
import { type JsonObject, numberOf, objectOf, onlyMember, textOf } from "./json.ts";
import { textsOf, type ValueReader } from "./values.ts";

/**
 * What a condition of nftables says in the words of iptables: any of these lists will do, and all of a list must hold.
 * No list: it never holds for the family. An empty list: it always does.
 */
export type Alternatives = readonly (readonly Match[])[];

/** What a condition stands in. */
export interface ConditionContext {
  readonly family: IpFamily;
  readonly values: ValueReader;
  /** The conditions of the rule before it. */
  readonly before: readonly Match[];
}

const ALWAYS: Alternatives = [[]];
const NEVER: Alternatives = [];

/** What every owner is in. */
const ANY_ID: IdRange = { first: 0, last: 4294967295 };

/** A `match` expression, `{"op": …, "left": …, "right": …}`; undefined when the model has no form for it. */
export function readCondition(match: JsonObject, context: ConditionContext): Alternatives | undefined {
  const [kind, detail] = onlyMember(match["left"]) ?? [];
  const about = objectOf(detail);
  if (about === undefined) return undefined;
  const comparison = { op: textOf(match["op"]) ?? "", right: match["right"] };
  switch (kind) {
    case "payload":
      return payload(textOf(about["protocol"]) ?? "", textOf(about["field"]) ?? "", comparison, context);
    case "meta":
      return meta(textOf(about["key"]) ?? "", comparison, context);
    case "ct":
      return about["key"] === "state" ? connectionState(comparison, context) : undefined;
    default:
      return undefined;
  }
}

interface Comparison {
  readonly op: string;
  readonly right: unknown;
}

function payload(
  protocol: string,
  field: string,
  comparison: Comparison,
  context: ConditionContext,
): Alternatives | undefined {
  if (protocol === "ip" || protocol === "ip6") {
    // Such a condition demands a packet of the family first, negated or not (nft, payload dependencies).
    if ((protocol === "ip") !== (context.family === "ipv4")) return NEVER;
    if (protocol === "ip" && field === "protocol") return protocols(comparison, context);
    if (field === "saddr") return addresses("source", comparison, context);
    return field === "daddr" ? addresses("destination", comparison, context) : undefined;
  }
  if (field !== "sport" && field !== "dport") return undefined;
  return ports(protocol, field === "sport" ? "source" : "destination", comparison, context);
}

function meta(key: string, comparison: Comparison, context: ConditionContext): Alternatives | undefined {
  switch (key) {
    case "l4proto":
      return protocols(comparison, context);
    case "iifname":
    case "iif":
      return interfaces("in-interface", comparison, context);
    case "oifname":
    case "oif":
      return interfaces("out-interface", comparison, context);
    case "skuid":
      return owners("owner-uid", comparison, context);
    case "skgid":
      return owners("owner-gid", comparison, context);
    case "nfproto":
    case "protocol": {
      const names = { ipv4: key === "nfproto" ? "ipv4" : "ip", ipv6: key === "nfproto" ? "ipv6" : "ip6" };
      const equal = texts(comparison, context);
      if (equal === undefined) return undefined;
      return equal.texts.includes(names[context.family]) !== equal.negated ? ALWAYS : NEVER;
    }
    default:
      return undefined;
  }
}

/** The values that something equals, is in, or is none of; undefined for comparisons of size. */
function equality(
  { op, right }: Comparison,
  { values }: ConditionContext,
): { readonly negated: boolean; readonly elements: readonly unknown[] } | undefined {
  if (op !== "==" && op !== "!=" && op !== "in") return undefined;
  const elements = values.elements(right);
  return elements && { negated: op === "!=", elements };
}

function texts(
  comparison: Comparison,
  context: ConditionContext,
): { readonly negated: boolean; readonly texts: readonly string[] } | undefined {
  const equal = equality(comparison, context);
  if (equal === undefined || equal.elements.length > MAX_RULES_OF_A_LINE) return undefined;
  const held = textsOf(equal.elements);
  return held && { negated: equal.negated, texts: held };
}

/** The numbers up to `limit` for which the comparison holds; those for which it does not, when `negated`. */
function numbers(
  comparison: Comparison,
  context: ConditionContext,
  limit: number,
): { readonly negated: boolean; readonly spans: readonly IdRange[] } | undefined {
  const equal = equality(comparison, context);
  if (equal !== undefined) {
    const spans = context.values.spans(equal.elements, limit);
    return spans && { negated: equal.negated, spans };
  }
  const bound = numberOf(comparison.right, limit);
  if (bound === undefined) return undefined;
  const spans = (first: number, last: number) => ({
    negated: false,
    spans: first <= last ? [{ first, last }] : [],
  });
  switch (comparison.op) {
    case "<":
      return spans(0, bound - 1);
    case "<=":
      return spans(0, bound);
    case ">":
      return spans(bound + 1, limit);
    case ">=":
      return spans(bound, limit);
    default:
      return undefined;
  }
}

function addresses(
  kind: "source" | "destination",
  comparison: Comparison,
  context: ConditionContext,
): Alternatives | undefined {
  const equal = equality(comparison, context);
  const held = equal && context.values.addresses(equal.elements, context.family);
  if (equal === undefined || held === undefined) return undefined;
  const { negated, elements } = equal;
  const { ranges, text } = held;
  const [range] = ranges;
  const name = textOf(comparison.right);
  if (name?.startsWith("@")) return [[{ kind: `${kind}-set`, negated, ranges, text: name }]];
  if (range !== undefined && ranges.length === 1 && elements.length === 1)
    return [[{ kind, negated, range }]];
  return [[{ kind: `${kind}-set`, negated, ranges, text }]];
}

function ports(
  protocol: string,
  side: "source" | "destination",
  comparison: Comparison,
  context: ConditionContext,
): Alternatives | undefined {
  const given = context.before.find((match) => match.kind === "protocol" && !match.negated);
  const known = given?.kind === "protocol" ? given.protocol : undefined;
  // `th` is the header of whichever protocol the rule has asked for.
  const its = protocol === "th" ? known : protocol;
  if (its === undefined || !PROTOCOLS_WITH_PORTS.includes(its)) return undefined;
  const held = numbers(comparison, context, 65535);
  if (held === undefined) return undefined;
  if (known !== undefined && known !== its) return NEVER;
  const { negated, spans } = held;
  const [range, second] = spans;
  const single = range !== undefined && second === undefined;
  const port: Match = single
    ? { kind: `${side}-port`, negated, range }
    : { kind: `${side}-multiport`, negated, ranges: spans };
  return [known === undefined ? [{ kind: "protocol", negated: false, protocol: its }, port] : [port]];
}

function protocols(comparison: Comparison, context: ConditionContext): Alternatives | undefined {
  const equal = equality(comparison, context);
  if (equal === undefined || equal.elements.length > MAX_RULES_OF_A_LINE) return undefined;
  const matches: Match[] = [];
  for (const value of equal.elements) {
    const number = numberOfProtocol(textOf(value) ?? "") ?? numberOf(value, 255);
    if (number === undefined) return undefined;
    matches.push({ kind: "protocol", negated: equal.negated, protocol: nameOfProtocol(number) });
  }
  return anyOrNone(matches, equal.negated);
}

function interfaces(
  kind: "in-interface" | "out-interface",
  comparison: Comparison,
  context: ConditionContext,
): Alternatives | undefined {
  const equal = texts(comparison, context);
  if (equal === undefined) return undefined;
  const matches: Match[] = [];
  for (const name of equal.texts) {
    // A final asterisk stands for any ending, as a final plus sign does for iptables, to which it is no wildcard here.
    if (name.endsWith("+") || name.endsWith("\\*") || name === "") return undefined;
    matches.push({ kind, negated: equal.negated, name: name.endsWith("*") ? `${name.slice(0, -1)}+` : name });
  }
  return anyOrNone(matches, equal.negated);
}

/** A packet without a socket has no owner, and then no comparison holds, `!=` neither (nft_meta.c ends the rule). */
function owners(
  kind: "owner-uid" | "owner-gid",
  comparison: Comparison,
  context: ConditionContext,
): Alternatives | undefined {
  const held = numbers(comparison, context, ANY_ID.last);
  if (held === undefined || held.spans.length > MAX_RULES_OF_A_LINE) return undefined;
  const { negated } = held;
  const matches = held.spans.map((ids): Match => ({ kind, negated, ids }));
  return negated ? [[{ kind, negated: false, ids: ANY_ID }, ...matches]] : matches.map((match) => [match]);
}

function connectionState(comparison: Comparison, context: ConditionContext): Alternatives | undefined {
  const equal = texts(comparison, context);
  if (equal === undefined) return undefined;
  const wanted = new Set(equal.texts.map((name) => name.toUpperCase()));
  const states = CONNECTION_STATES.filter((state) => wanted.has(state));
  if (states.length !== wanted.size) return undefined;
  return [[{ kind: "connection-state", negated: equal.negated, states }]];
}

function anyOrNone(matches: readonly Match[], negated: boolean): Alternatives {
  return negated ? [matches] : matches.map((match) => [match]);
}
