// The root of the package sets up all its address classes, which costs each start 20 to 30 ms, bundled or not. The
// version is pinned and has no `exports` map, so the validator can be had alone.
import { Validator } from "ip-num/dist/src/Validator.js";
import { err, ok, type Result } from "./result.ts";

/** The two protocols that have rules of their own: iptables programs one, ip6tables the other. */
export type IpFamily = "ipv4" | "ipv6";

/** An address as a number, most significant byte first: 0 up to 2^32 for IPv4, up to 2^128 for IPv6. */
export interface IpAddress {
  readonly family: IpFamily;
  readonly value: bigint;
}

/** How many bits an address of each family has, which is also its longest prefix. */
export const ADDRESS_BITS: { readonly [family in IpFamily]: number } = { ipv4: 32, ipv6: 128 };

/** Longest text read as an address, in UTF-16 units: eight groups, the last two in dotted form (RFC 4291, 2.2). */
export const MAX_ADDRESS_TEXT = 45;

/**
 * Why a text is not an address:
 *
 * - `empty`: there is nothing to read.
 * - `too-long`: the text has `length` characters, over `limit`, and was not read.
 * - `ambiguous-octet`: `octet` has a leading zero. iptables reads it as octal: `readAs` is the address that it
 *   would have programmed, or undefined when it would refuse (`08`).
 * - `octet-too-large`: `octet` is over `limit`.
 * - `zone-id`: an IPv6 address with a zone after `%`; a rule matches addresses, which have no zone.
 * - `bad-address`: anything else. `text` is what stood where the address belongs, unescaped.
 */
export type AddressError =
  | { readonly kind: "empty" }
  | { readonly kind: "too-long"; readonly length: number; readonly limit: number }
  | { readonly kind: "ambiguous-octet"; readonly octet: string; readonly readAs: string | undefined }
  | { readonly kind: "octet-too-large"; readonly octet: string; readonly limit: number }
  | { readonly kind: "zone-id"; readonly zone: string }
  | { readonly kind: "bad-address"; readonly text: string };

const DOTTED_DECIMAL = /^[0-9]+\.[0-9]+\.[0-9]+\.[0-9]+$/;
const OCTAL_OCTET = /^0[0-7]+$/;
const DOT = 0x2e;
const ZERO = 0x30;
const COLON = 0x3a;
const ZEROS: readonly number[] = new Array(8).fill(0);

/**
 * Reads an IPv4 address in dotted decimal or an IPv6 address in any RFC 4291 form, upper or lower case. Only
 * ASCII: no white space, no digits of other scripts, no short form (`10.1`), no hexadecimal octet, no zone.
 */
export function parseAddress(text: string): Result<IpAddress, AddressError> {
  if (text.length === 0) return err({ kind: "empty" });
  if (text.length > MAX_ADDRESS_TEXT) {
    return err({ kind: "too-long", length: text.length, limit: MAX_ADDRESS_TEXT });
  }
  if (Validator.IPV4_PATTERN.test(text)) return ok({ family: "ipv4", value: BigInt(ipv4Number(text)) });
  const percent = text.indexOf("%");
  // ip-num's pattern takes a zone of any characters, so it sees the text only up to the zone.
  if (Validator.IPV6_PATTERN.test(percent === -1 ? text : text.slice(0, percent))) {
    if (percent !== -1) return err({ kind: "zone-id", zone: text.slice(percent + 1) });
    return ok({ family: "ipv6", value: ipv6Value(text) });
  }
  return err(DOTTED_DECIMAL.test(text) ? octetError(text) : { kind: "bad-address", text });
}

/**
 * The address with number `value`.
 *
 * @throws RangeError when the family has no such address.
 */
export function addressFromValue(family: IpFamily, value: bigint): IpAddress {
  if (BigInt.asUintN(ADDRESS_BITS[family], value) !== value) {
    throw new RangeError(`${value} is not an ${family} address`);
  }
  return { family, value };
}

/**
 * Writes an address as `iptables-save` and `ip6tables-save` print it: dotted decimal, or RFC 5952 in lower case.
 *
 * An IPv6 address whose first 96 bits are zero or those of an IPv4-mapped one ends in dotted form, except that
 * `::` to `::ffff` do not. That is what `inet_ntop` of glibc and BSD does, and ip6tables prints with it; musl's
 * writes only mapped addresses so.
 */
export function formatAddress(address: IpAddress): string {
  return address.family === "ipv4" ? formatIpv4(Number(address.value)) : formatIpv6(address.value);
}

/** The number of an IPv4 text that is known to be well formed. */
function ipv4Number(text: string): number {
  let number = 0;
  let octet = 0;
  for (let i = 0; i < text.length; i++) {
    const character = text.charCodeAt(i);
    if (character === DOT) {
      number = number * 256 + octet;
      octet = 0;
    } else octet = octet * 10 + character - ZERO;
  }
  return number * 256 + octet;
}

/** The number of an IPv6 text that is known to be well formed. */
function ipv6Value(text: string): bigint {
  const groups: number[] = [];
  let gap = 0;
  let start = 0;
  for (let i = 0; i <= text.length; i++) {
    const character = text.charCodeAt(i);
    if (character === DOT) {
      const low = ipv4Number(text.slice(start));
      groups.push(low >>> 16, low & 0xffff);
      break;
    }
    if (character !== COLON && i < text.length) continue;
    // An empty group marks the `::`, also at either end of the text.
    if (i > start) groups.push(Number.parseInt(text.slice(start, i), 16));
    else gap = groups.length;
    start = i + 1;
  }
  if (groups.length < 8) groups.splice(gap, 0, ...ZEROS.slice(groups.length));
  const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0] = groups;
  // Three groups are 48 bits, which a number holds exactly: few operations on bigints.
  const high = BigInt((a * 0x10000 + b) * 0x10000 + c);
  const middle = BigInt((d * 0x10000 + e) * 0x10000 + f);
  return (((high << 48n) | middle) << 32n) | BigInt(g * 0x10000 + h);
}

/** Why four decimal numbers between dots are not an address. */
function octetError(text: string): AddressError {
  const octets = text.split(".");
  const ambiguous = octets.find((octet) => octet.length > 1 && octet.startsWith("0"));
  if (ambiguous !== undefined) {
    // iptables reads each octet with strtoul(…, base 0) and refuses what is over 255.
    const numbers = octets.map((octet) => Number.parseInt(octet, OCTAL_OCTET.test(octet) ? 8 : 10));
    const readable = octets.every((octet, i) => {
      const number = numbers[i] ?? Number.NaN;
      return number <= 255 && (octet === "0" || !octet.startsWith("0") || OCTAL_OCTET.test(octet));
    });
    return { kind: "ambiguous-octet", octet: ambiguous, readAs: readable ? numbers.join(".") : undefined };
  }
  const large = octets.find((octet) => Number(octet) > 255);
  return large === undefined
    ? { kind: "bad-address", text }
    : { kind: "octet-too-large", octet: large, limit: 255 };
}

function formatIpv4(value: number): string {
  return `${value >>> 24}.${(value >>> 16) & 255}.${(value >>> 8) & 255}.${value & 255}`;
}

function formatIpv6(value: bigint): string {
  const high = value >> 32n;
  const low = value & 0xffffffffn;
  if (high === 0xffffn) return `::ffff:${formatIpv4(Number(low))}`;
  if (high === 0n && low > 0xffffn) return `::${formatIpv4(Number(low))}`;
  const digits = value.toString(16).padStart(32, "0");
  const groups = Array.from({ length: 8 }, (_, i) => Number.parseInt(digits.slice(i * 4, i * 4 + 4), 16));
  const gap = longestZeroRun(groups);
  if (gap === undefined) return groups.map(hex).join(":");
  return `${groups.slice(0, gap.start).map(hex).join(":")}::${groups.slice(gap.end).map(hex).join(":")}`;
}

function hex(group: number): string {
  return group.toString(16);
}

/** The longest run of zero groups, the first of equals; a single zero group is not shortened (RFC 5952, 4.2). */
function longestZeroRun(groups: readonly number[]): { start: number; end: number } | undefined {
  let longest: { start: number; end: number } | undefined;
  for (let start = 0; start < groups.length; start++) {
    let end = start;
    while (groups[end] === 0) end++;
    if (end - start > 1 && (longest === undefined || end - start > longest.end - longest.start)) {
      longest = { start, end };
    }
    start = Math.max(start, end);
  }
  return longest;
}
