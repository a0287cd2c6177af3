import { addressFromValue, type IpAddress, parseAddress } from "../net/address.ts";
import { type Cidr, cidrOf } from "../net/cidr.ts";
import { type CidrSet, cidrsOf } from "../net/cidr-set.ts";
import { readNumber } from "./number-text.ts";
import { refuse } from "./parse-error.ts";
import type { Word } from "./word.ts";

/** What is written with digits, hexadecimal digits, dots and colons alone is an address or wrong, and no host name. */
const NUMERIC = /^[0-9.]+$|:/;

/**
 * One item of an address list as iptables reads it: an address, alone or with a prefix length or a mask in dotted form.
 * An octet may be octal or hexadecimal, and octets that are left out are zero (`xtables_numeric_to_ipaddr` and
 * `strtoul(…, base 0)` in libxtables). Undefined when the model has no form for it: a host name, or a mask whose set
 * bits are not the first ones.
 */
export function readRange(word: Word, text: string): Cidr | undefined {
  const slash = text.indexOf("/");
  const host = slash === -1 ? text : text.slice(0, slash);
  const address = readAddress(host);
  if (address === undefined) {
    if (word.variable || !NUMERIC.test(host)) return undefined;
    refuse(word.place, word.text, "an address");
  }
  if (slash === -1) return cidrOf(address);
  const mask = text.slice(slash + 1);
  const bits = address.family === "ipv4" ? 32 : 128;
  const length = readNumber(mask, bits);
  if (length !== undefined) return cidrOf(address, length);
  const dotted = readAddress(mask);
  if (dotted?.family !== address.family || readNumber(mask, Number.MAX_SAFE_INTEGER) !== undefined) {
    refuse(word.place, word.text, `a prefix length, 0 to ${bits}, or a mask`);
  }
  const prefix = prefixOf(dotted.value, bits);
  return prefix === undefined ? undefined : cidrOf(address, prefix);
}

/** A set written as `first-last` (man iptables-extensions, iprange); a single address is a set of one. */
export function readAddressSpan(word: Word): CidrSet {
  const dash = word.text.indexOf("-");
  const first = parseAddress(dash === -1 ? word.text : word.text.slice(0, dash));
  const last = dash === -1 ? first : parseAddress(word.text.slice(dash + 1));
  if (
    !first.ok ||
    !last.ok ||
    first.value.family !== last.value.family ||
    first.value.value > last.value.value
  ) {
    refuse(word.place, word.text, "two addresses of one family, the lower first");
  }
  return cidrsOf([{ start: first.value.value, end: last.value.value + 1n }], first.value.family);
}

function readAddress(text: string): IpAddress | undefined {
  const plain = parseAddress(text);
  if (plain.ok) return plain.value;
  const octets = text.split(".");
  if (octets.length > 4) return undefined;
  let value = 0;
  for (let i = 0; i < 4; i++) {
    const octet = i < octets.length ? readNumber(octets[i] ?? "", 255) : 0;
    if (octet === undefined) return undefined;
    value = value * 256 + octet;
  }
  return addressFromValue("ipv4", BigInt(value));
}

/** How many bits from the first on are set, when no other bit is. */
function prefixOf(mask: bigint, bits: number): number | undefined {
  const hostMask = BigInt.asUintN(bits, ~mask);
  if ((hostMask & (hostMask + 1n)) !== 0n) return undefined;
  return bits - (hostMask === 0n ? 0 : hostMask.toString(2).length);
}
