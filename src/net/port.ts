import { err, ok, type Result } from "./result.ts";

declare const portBrand: unique symbol;

/** A TCP or UDP port that an exclusion list can name: a whole number, 1 to 65535. Made only by the parsers here. */
export type Port = number & { readonly [portBrand]: true };

/** The ports from `first` to `last`, both included, `first <= last`. */
export interface PortRange {
  readonly first: Port;
  readonly last: Port;
}

/** The lowest port a list may name. Port 0 is reserved (RFC 6335) and no connection can use it. */
export const MIN_PORT = 1;

/** The highest port there is: the field in the TCP header has 16 bits. */
export const MAX_PORT = 65535;

/** Longest text read as a port, in UTF-16 units. A port needs 5; the rest is room for leading zeros. */
export const MAX_PORT_TEXT = 32;

/**
 * Why a text or a number is not a port:
 *
 * - `empty`: there is nothing to read.
 * - `too-long`: the text has `length` characters, over `limit`, and was not read.
 * - `not-a-whole-number`: it holds something other than ASCII decimal digits after an optional sign, or the number
 *   has a fraction or is not finite.
 * - `out-of-range`: a whole number outside `first` to `last`.
 */
export type PortError =
  | { readonly kind: "empty" }
  | { readonly kind: "too-long"; readonly length: number; readonly limit: number }
  | { readonly kind: "not-a-whole-number" }
  | { readonly kind: "out-of-range"; readonly first: number; readonly last: number };

/** Why a text is not a port range: either end is not a port, or the range runs backwards (`reversed`). */
export type PortRangeError =
  | PortError
  | { readonly kind: "reversed"; readonly first: number; readonly last: number };

/** What Go's `strconv.Atoi` takes, which is how OSM reads the annotation items. */
const WHOLE_NUMBER = /^[+-]?[0-9]+$/;

/**
 * Reads a port as it stands in an annotation: a whole decimal number, 1 to 65535, in ASCII digits. A leading `+`
 * and leading zeros are accepted (`+80` and `0080` are 80, never octal); white space, an exponent, hexadecimal and the digits of other scripts are not.
 */
export function parsePort(text: string): Result<Port, PortError> {
  if (text.length === 0) return err({ kind: "empty" });
  if (text.length > MAX_PORT_TEXT)
    return err({ kind: "too-long", length: text.length, limit: MAX_PORT_TEXT });
  if (!WHOLE_NUMBER.test(text)) return err({ kind: "not-a-whole-number" });
  return portFromNumber(Number(text));
}

/** Takes a number, as a JSON list of ports holds it, for a port. Never rounds: 80.5 is refused. */
export function portFromNumber(value: number): Result<Port, PortError> {
  if (!Number.isInteger(value)) return err({ kind: "not-a-whole-number" });
  if (value < MIN_PORT || value > MAX_PORT)
    return err({ kind: "out-of-range", first: MIN_PORT, last: MAX_PORT });
  return ok(value as Port);
}

/**
 * Reads a range `first-last`, both ends included, or a single port, which is a range of one. Each end is read as
 * {@link parsePort} does.
 */
export function parsePortRange(text: string): Result<PortRange, PortRangeError> {
  // A dash at the very beginning is the sign of a number.
  const dash = text.indexOf("-", 1);
  if (dash === -1) {
    const port = parsePort(text);
    return port.ok ? ok({ first: port.value, last: port.value }) : port;
  }
  const first = parsePort(text.slice(0, dash));
  if (!first.ok) return first;
  const last = parsePort(text.slice(dash + 1));
  if (!last.ok) return last;
  if (first.value > last.value) return err({ kind: "reversed", first: first.value, last: last.value });
  return ok({ first: first.value, last: last.value });
}
