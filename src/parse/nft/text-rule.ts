import { PROTOCOLS_WITH_PORTS } from "../../ruleset/protocol.ts";
import type { JsonObject } from "./json.ts";
import type { Token, TokenReader } from "./text-tokens.ts";

/** The expressions that a condition compares, by their first words. */
const HEADERS: ReadonlyMap<string, readonly string[]> = new Map<string, readonly string[]>([
  ["ip", ["saddr", "daddr", "protocol"]],
  ["ip6", ["saddr", "daddr"]],
  ...["th", ...PROTOCOLS_WITH_PORTS].map((protocol) => [protocol, ["sport", "dport"]] as const),
]);

const META_KEYS = ["l4proto", "nfproto", "iifname", "oifname", "skuid", "skgid"];

/** Keys that may stand without `meta` before them. */
const BARE_META_KEYS = ["iifname", "oifname"];

/**
 * A rule up to the end of its statement, in the form that `nft -j` has for it. Takes the words that this planner writes
 * its rules with.
 */
export function readTextRule(tokens: TokenReader, chain: string): JsonObject {
  const expr: JsonObject[] = [];
  let comment: string | undefined;
  do {
    const word = tokens.take("a rule, or } behind the last one");
    if (word.text === "comment") comment = tokens.take("a comment").text;
    else expr.push(readStatement(word.text, tokens));
  } while (!isEnd(tokens.peek()));
  return { chain, expr, ...(comment !== undefined && { comment }) };
}

function isEnd(token: Token | undefined): boolean {
  return token === undefined || (!token.quoted && (token.text === ";" || token.text === "}"));
}

function readStatement(word: string, tokens: TokenReader): JsonObject {
  switch (word) {
    case "accept":
    case "drop":
    case "return":
      return { [word]: null };
    case "jump":
    case "goto":
      return { [word]: { target: tokens.take("a chain").text } };
    case "redirect":
      tokens.expect("to");
      return { redirect: { port: readPort(tokens.take("a port").text) } };
    case "dnat":
      tokens.expect("to");
      return { dnat: readDestination(tokens.take("an address")) };
    default:
      return { match: { left: readLeft(word, tokens), ...readComparison(tokens) } };
  }
}

function readLeft(word: string, tokens: TokenReader): JsonObject {
  if (BARE_META_KEYS.includes(word)) return { meta: { key: word } };
  const fields = word === "meta" ? META_KEYS : HEADERS.get(word);
  const field = tokens.peek()?.text ?? "";
  if (fields?.includes(field) !== true)
    tokens.refuse("a condition or a statement of a rule that this planner writes");
  tokens.take("a field");
  return word === "meta" ? { meta: { key: field } } : { payload: { protocol: word, field } };
}

function readComparison(tokens: TokenReader): JsonObject {
  const op = tokens.passes("!=") ? "!=" : "==";
  if (!tokens.passes("{")) return { op, right: readValue(tokens.take("a value")) };
  const elements: unknown[] = [];
  do {
    // A set may go over several lines.
    tokens.skipEnds();
    elements.push(readValue(tokens.take("an element")));
    tokens.skipEnds();
  } while (tokens.passes(","));
  tokens.expect("}");
  return { op, right: { set: elements } };
}

/** A number, a range of numbers, an address, a range of addresses by its prefix length, or a name. */
function readValue({ text, quoted }: Token): unknown {
  if (quoted) return text;
  const [, addr, len] = /^([0-9A-Fa-f.:]+)\/([0-9]{1,3})$/.exec(text) ?? [];
  if (addr !== undefined) return { prefix: { addr, len: Number(len) } };
  const [, first, last] = /^([0-9]+)-([0-9]+)$/.exec(text) ?? [];
  if (first !== undefined) return { range: [Number(first), Number(last)] };
  return /^[0-9]+$/.test(text) ? Number(text) : text;
}

/** `:15001` */
function readPort(text: string): unknown {
  return /^:[0-9]{1,5}$/.test(text) ? Number(text.slice(1)) : text;
}

/** An address, with a port behind it or not; one that a shell puts in goes by its name. */
function readDestination({ text, variable }: Token): JsonObject {
  if (variable) return { addr: { variable: text } };
  const [, six, four, port] = /^(?:\[([^\]]*)\]|([0-9.]+)):([0-9]{1,5})$/.exec(text) ?? [];
  return port === undefined ? { addr: text } : { addr: six ?? four, port: Number(port) };
}
