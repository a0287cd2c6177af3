import type { IpFamily } from "../net/address.ts";
import { type CidrError, formatCidr, type ParsedCidr, parseCidr } from "../net/cidr.ts";
import { originPath } from "../origin.ts";
import { type Finding, finding } from "./finding.ts";
import type { RawItem, RawList } from "./lists.ts";
import type { RangeEntry } from "./policy.ts";
import type { Profile } from "./profile.ts";
import { quote } from "./quote.ts";

/** The ranges of a list, in its order, repeats included. What is not a range of a family in use becomes a finding. */
export function readRanges(list: RawList, profile: Profile, findings: Finding[]): readonly RangeEntry[] {
  const entries: RangeEntry[] = [];
  for (const item of list.items) {
    const range = parseCidr(item.text);
    if (!range.ok) {
      findings.push(invalidRange(item, list.place, range.error));
      continue;
    }
    const { cidr } = range.value;
    if (profile.families === "ipv4" && cidr.family === "ipv6") {
      findings.push(unsupportedFamily(item, list.place, cidr.family, profile));
      continue;
    }
    if (range.value.hostBitsSet) findings.push(hostBitsSet(item, range.value));
    const text = profile.ranges === "as-given" ? item.text : formatCidr(cidr);
    entries.push({ cidr, text, origins: [item.origin] });
  }
  return entries;
}

function invalidRange(item: RawItem, place: string, error: CidrError): Finding {
  const ambiguous = error.kind === "ambiguous-octet";
  return finding(ambiguous ? "AMBIGUOUS_OCTET" : "INVALID_CIDR", {
    field: originPath(item.origin),
    value: quote(item.text),
    message: `Invalid IP range '${quote(item.text)}' ${place}: ${why(error)}`,
    remedy: ambiguous
      ? "Write octets without leading zeros."
      : "Give an address, a slash and a prefix length, such as 10.0.0.0/8.",
  });
}

function why(error: CidrError): string {
  switch (error.kind) {
    case "empty":
      return "it is empty";
    case "too-long":
      return `it has ${error.length} characters, and at most ${error.limit} are read`;
    case "zone-id":
      return "a range has no zone";
    case "ambiguous-octet":
      return `the octet '${quote(error.octet)}' has a leading zero, which iptables reads as octal${error.readAs === undefined ? " and refuses" : `: ${error.readAs}`}`;
    case "octet-too-large":
      return `the octet '${quote(error.octet)}' is over ${error.limit}`;
    case "bad-address":
      return `'${quote(error.text)}' is not an IP address`;
    case "missing-prefix":
      return `the prefix length is missing; for this one address it is /${error.prefix}`;
    case "bad-prefix":
      return `the prefix length '${quote(error.prefix)}' is not a number from 0 to ${error.limit}`;
  }
}

function unsupportedFamily(item: RawItem, place: string, family: IpFamily, profile: Profile): Finding {
  return finding("IP_FAMILY_UNSUPPORTED", {
    field: originPath(item.origin),
    value: quote(item.text),
    message: `Invalid IP range '${item.text}' ${place}: ${profile.meshVersion} programs IPv4 only, and this is ${family === "ipv6" ? "IPv6" : "IPv4"}`,
    remedy: "Take the range out, or plan with the dialect hardened.",
  });
}

function hostBitsSet(item: RawItem, { cidr }: ParsedCidr): Finding {
  return finding("HOST_BITS_SET", {
    field: originPath(item.origin),
    value: item.text,
    message: `'${item.text}' has bits beyond its prefix length and means ${formatCidr(cidr)}`,
    remedy: `Write ${formatCidr(cidr)}, or the prefix length that was meant.`,
  });
}
