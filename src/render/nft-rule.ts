import { ADDRESS_BITS, formatAddress, type IpFamily } from "../net/address.ts";
import { type Cidr, formatCidr } from "../net/cidr.ts";
import type { IdRange, Match, PortSpan, Rule, Target } from "../ruleset/rule.ts";

/** Most elements of a set on one line. */
const ELEMENTS_PER_LINE = 8;

/** A rule as nftables writes it in a table of one family (man nft). @throws Error on what no dialect has. */
export function nftRule(rule: Rule, family: IpFamily): string {
  const protocol = rule.matches.find((match) => match.kind === "protocol");
  const hasPort = rule.matches.some(isPortMatch);
  const words = rule.matches
    // A port match names its protocol itself.
    .filter((match) => !(hasPort && match === protocol && !protocol.negated))
    .map((match) => nftMatch(match, family, protocol?.protocol));
  const comment = rule.matches.find((match) => match.kind === "comment");
  const remark = comment === undefined ? "" : `comment "${comment.text}"`;
  return [...words, nftTarget(rule.target), remark].filter((word) => word !== "").join(" ");
}

function nftMatch(match: Match, family: IpFamily, protocol: string | undefined): string {
  const ip = family === "ipv4" ? "ip" : "ip6";
  switch (match.kind) {
    case "protocol":
      return `meta l4proto ${unequal(match.negated)}${match.protocol}`;
    case "source":
    case "destination":
      // An implicit match on every address would still demand an address of the family, which each packet has.
      if (match.range.prefix === 0 && !match.negated) return "";
      return `${ip} ${direction(match.kind)}addr ${unequal(match.negated)}${address(match.range)}`;
    case "source-set":
    case "destination-set":
      return `${ip} ${direction(match.kind)}addr ${unequal(match.negated)}${set(match.ranges.map(address))}`;
    case "in-interface":
      return `iifname ${unequal(match.negated)}${interfaceName(match.name)}`;
    case "out-interface":
      return `oifname ${unequal(match.negated)}${interfaceName(match.name)}`;
    case "source-port":
    case "destination-port":
      return `${protocol ?? "th"} ${direction(match.kind)}port ${unequal(match.negated)}${ports(match.range)}`;
    case "source-multiport":
    case "destination-multiport":
      return `${protocol ?? "th"} ${direction(match.kind)}port ${unequal(match.negated)}${set(match.ranges.map(ports))}`;
    case "owner-uid":
      return `meta skuid ${ids(match.ids)}`;
    case "owner-gid":
      return `meta skgid ${ids(match.ids)}`;
    case "comment":
      return "";
    case "connection-state":
    case "unknown":
      throw new Error(`no dialect has a match ${match.kind}`);
  }
}

function nftTarget(target: Target): string {
  switch (target.kind) {
    case "jump":
    case "goto":
      return `${target.kind} ${target.chain}`;
    case "return":
    case "accept":
    case "drop":
      return target.kind;
    case "redirect":
      return `redirect to :${target.port}`;
    case "dnat": {
      const host = target.address.kind === "literal" ? target.address.text : `$${target.address.variable}`;
      return `dnat to ${host}${target.port === undefined ? "" : `:${target.port}`}`;
    }
    case "none":
      return "";
    case "reject":
    case "source-nat":
    case "pass":
    case "unknown":
      throw new Error(`no dialect has a target ${target.kind}`);
  }
}

function isPortMatch({ kind }: Match): boolean {
  return kind.endsWith("port");
}

function direction(kind: string): "s" | "d" {
  return kind.startsWith("source") ? "s" : "d";
}

function unequal(negated: boolean): string {
  return negated ? "!= " : "";
}

function address(range: Cidr): string {
  const { family, address: value, prefix } = range;
  return prefix === ADDRESS_BITS[family] ? formatAddress({ family, value }) : formatCidr(range);
}

/** iptables ends a wildcard with `+`, nftables with `*`. */
function interfaceName(name: string): string {
  return `"${name.endsWith("+") ? `${name.slice(0, -1)}*` : name}"`;
}

function ports({ first, last }: PortSpan): string {
  return first === last ? String(first) : `${first}-${last}`;
}

function ids({ first, last }: IdRange): string {
  return first === last ? String(first) : `${first}-${last}`;
}

function set(elements: readonly string[]): string {
  if (elements.length <= ELEMENTS_PER_LINE) return `{ ${elements.join(", ")} }`;
  const lines: string[] = [];
  for (let start = 0; start < elements.length; start += ELEMENTS_PER_LINE) {
    lines.push(`      ${elements.slice(start, start + ELEMENTS_PER_LINE).join(", ")}`);
  }
  return `{\n${lines.join(",\n")}\n    }`;
}
