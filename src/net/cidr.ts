import {
  ADDRESS_BITS,
  type AddressError,
  formatAddress,
  type IpAddress,
  type IpFamily,
  MAX_ADDRESS_TEXT,
  parseAddress,
} from "./address.ts";
import type { Interval } from "./interval-set.ts";
import { err, ok, type Result } from "./result.ts";

declare const cidrBrand: unique symbol;

/**
 * A range of addresses that share their first `prefix` bits. `address` is the lowest of them: the bits after the
 * prefix are clear. Made only by {@link parseCidr}, {@link cidrOf} and the operations on ranges.
 */
export interface Cidr {
  readonly family: IpFamily;
  readonly address: bigint;
  readonly prefix: number;
  readonly [cidrBrand]: true;
}

/** Longest text read as a range, in UTF-16 units: the longest address, a slash and three digits. */
export const MAX_CIDR_TEXT = MAX_ADDRESS_TEXT + 4;

/**
 * Why a text is not a range:
 *
 * - `missing-prefix`: an address of `family` stands alone; `/prefix` would make it a range of one address.
 * - `bad-prefix`: what stands after the slash, `prefix`, is not a plain number from 0 to `limit`.
 * - the others are about the address, see {@link AddressError}.
 */
export type CidrError =
  | AddressError
  | { readonly kind: "missing-prefix"; readonly family: IpFamily; readonly prefix: number }
  | { readonly kind: "bad-prefix"; readonly prefix: string; readonly limit: number };

/** A range as it was read. `hostBitsSet` tells that the text had bits after the prefix: `2.2.2.2/24` is `2.2.2.0/24`. */
export interface ParsedCidr {
  readonly cidr: Cidr;
  readonly hostBitsSet: boolean;
}

/**
 * No sign, no leading zero, no netmask. iptables 1.8.9 reads the prefix with `strtoul(…, base 0)` as it does the
 * octets: it takes `/010` for `/8`, refuses `/08`, and takes `/+8` and `/ 8`. Go's `net.ParseCIDR` takes `/010`
 * for `/10`. What two readers understand differently is refused.
 */
const PREFIX = /^(?:0|[1-9][0-9]{0,2})$/;

/**
 * Reads a range: an address as {@link parseAddress} takes it, `/`, and a prefix length of plain ASCII digits
 * without a sign or a leading zero, up to 32 for IPv4 and 128 for IPv6.
 */
export function parseCidr(text: string): Result<ParsedCidr, CidrError> {
  if (text.length > MAX_CIDR_TEXT)
    return err({ kind: "too-long", length: text.length, limit: MAX_CIDR_TEXT });
  const slash = text.indexOf("/");
  const parsed = parseAddress(slash === -1 ? text : text.slice(0, slash));
  if (!parsed.ok)
    return parsed.error.kind === "empty" && slash !== -1 ? err({ kind: "bad-address", text: "" }) : parsed;
  const { family, value } = parsed.value;
  const limit = ADDRESS_BITS[family];
  if (slash === -1) return err({ kind: "missing-prefix", family, prefix: limit });
  const digits = text.slice(slash + 1);
  const prefix = PREFIX.test(digits) ? Number(digits) : Number.NaN;
  if (!(prefix <= limit)) return err({ kind: "bad-prefix", prefix: digits, limit });
  const cidr = make(family, value, prefix);
  return ok({ cidr, hostBitsSet: cidr.address !== value });
}

/**
 * The range of the addresses that share their first `prefix` bits with `address`; the address alone by default.
 *
 * @throws RangeError when `prefix` is not a whole number from 0 to the bits of the family.
 */
export function cidrOf(address: IpAddress, prefix: number = ADDRESS_BITS[address.family]): Cidr {
  const limit = ADDRESS_BITS[address.family];
  if (!Number.isInteger(prefix) || prefix < 0 || prefix > limit) {
    throw new RangeError(`prefix ${prefix} is not a whole number from 0 to ${limit}`);
  }
  return make(address.family, address.value, prefix);
}

/** Writes a range as `iptables-save` and `ip6tables-save` print it, with the prefix also when it is the longest. */
export function formatCidr(cidr: Cidr): string {
  return `${formatAddress({ family: cidr.family, value: cidr.address })}/${cidr.prefix}`;
}

/** The addresses of the range as an interval of numbers. */
export function cidrInterval(cidr: Cidr): Interval<bigint> {
  return { start: cidr.address, end: cidr.address + cidrSize(cidr) };
}

/** The powers of two up to 2^128: to look one up takes a fraction of the time of making a bigint. */
const POWERS: readonly bigint[] = Array.from(
  { length: ADDRESS_BITS.ipv6 + 1 },
  (_, bits) => 1n << BigInt(bits),
);

/** How many addresses the range has. */
export function cidrSize(cidr: Cidr): bigint {
  return sizeOf(cidr.family, cidr.prefix);
}

function sizeOf(family: IpFamily, prefix: number): bigint {
  return POWERS[ADDRESS_BITS[family] - prefix] as bigint;
}

/** Whether every address of `b` is in `a`. A range covers itself, and never one of the other family. */
export function coversCidr(a: Cidr, b: Cidr): boolean {
  if (a.family !== b.family || a.prefix > b.prefix) return false;
  return b.address >= a.address && b.address - a.address < cidrSize(a);
}

/** Whether the address is in the range. None of the other family is. */
export function holdsAddress(range: Cidr, { family, value }: IpAddress): boolean {
  return family === range.family && value >= range.address && value - range.address < cidrSize(range);
}

/**
 * The order of ranges everywhere: IPv4 before IPv6, then by lowest address, then the wider first. A range so comes
 * before all that it covers.
 */
export function compareCidrs(a: Cidr, b: Cidr): number {
  if (a.family !== b.family) return a.family === "ipv4" ? -1 : 1;
  if (a.address !== b.address) return a.address < b.address ? -1 : 1;
  return a.prefix - b.prefix;
}

function make(family: IpFamily, value: bigint, prefix: number): Cidr {
  const host = value & (sizeOf(family, prefix) - 1n);
  return { family, address: host === 0n ? value : value - host, prefix } as Cidr;
}
