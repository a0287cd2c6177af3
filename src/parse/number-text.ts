import type { IdRange, PortSpan } from "../ruleset/rule.ts";
import { refuse } from "./parse-error.ts";
import type { Word } from "./word.ts";

const NUMBER = /^(?:0[xX][0-9a-fA-F]{1,16}|0[0-7]{0,22}|[1-9][0-9]{0,19})$/;

/**
 * A whole number as iptables reads it, with `strtoul(…, base 0)`: decimal, octal after a leading zero, hexadecimal after
 * `0x`. Undefined when the text is none, or over `limit`.
 */
export function readNumber(text: string, limit: number): number | undefined {
  if (!NUMBER.test(text)) return undefined;
  const octal = text.length > 1 && /^0[0-7]/.test(text);
  const number = octal ? Number.parseInt(text, 8) : Number(text);
  return number <= limit ? number : undefined;
}

/** A word of a rule that must be a whole number up to `limit`. */
export function takeNumber(word: Word, limit: number, what: string): number {
  return readNumber(word.text, limit) ?? refuse(word.place, word.text, `${what}, 0 to ${limit}`);
}

/** Names of services and users, which mean what a file of the machine says. */
const NAME = /^[A-Za-z][A-Za-z0-9._-]*$/;

/**
 * A port or a range `first:last`, either end of which may be left out (man iptables-extensions, tcp). Undefined when it
 * names a service.
 */
export function readPorts(word: Word, text = word.text): PortSpan | undefined {
  const colon = text.indexOf(":");
  const low = colon === -1 ? text : text.slice(0, colon);
  const high = colon === -1 ? text : text.slice(colon + 1);
  if (NAME.test(low) || NAME.test(high)) return undefined;
  const first = colon !== -1 && low === "" ? 0 : readNumber(low, 65535);
  const last = colon !== -1 && high === "" ? 65535 : readNumber(high, 65535);
  if (first === undefined || last === undefined) refuse(word.place, word.text, "a port, 0 to 65535");
  if (first > last) refuse(word.place, word.text, "a range of ports that does not run backwards");
  return { first, last };
}

/** The list of ports of a multiport match; undefined when one of them names a service. */
export function readPortList(word: Word): readonly PortSpan[] | undefined {
  const spans: PortSpan[] = [];
  for (const item of word.text.split(",")) {
    const span = readPorts(word, item);
    if (span === undefined) return undefined;
    spans.push(span);
  }
  return spans;
}

/** The greatest ID that iptables takes: libxt_owner.c keeps the one above for "none". */
const MAX_ID = 4294967294;

/** An ID or a range `first-last`; undefined when it names a user or a group. */
export function readIds(word: Word): IdRange | undefined {
  if (NAME.test(word.text)) return undefined;
  const dash = word.text.indexOf("-");
  const first = readNumber(dash === -1 ? word.text : word.text.slice(0, dash), MAX_ID);
  const last = dash === -1 ? first : readNumber(word.text.slice(dash + 1), MAX_ID);
  if (first === undefined || last === undefined || first > last) {
    refuse(word.place, word.text, `an ID or a range of IDs, 0 to ${MAX_ID}`);
  }
  return { first, last };
}
