import { formatCidr } from "../net/cidr.ts";
import type { IdRange, Match, PortSpan, Rule, Target } from "../ruleset/rule.ts";

/**
 * How a rule is spelled. `typed`: as OSM writes its rules, matches in the order given. `saved`: as `iptables-save`
 * prints them.
 */
export type Spelling = "typed" | "saved";

/** A rule as `iptables-save` prints it: `-A PROXY_INBOUND -p tcp -m tcp --dport 15010 -j RETURN`. */
export function ruleText(chain: string, rule: Rule): string {
  return `-A ${chain}${specification(rule, "saved")}`;
}

/** The matches and the target of a rule, each with a space before it. */
export function specification(rule: Rule, spelling: Spelling): string {
  const matches = spelling === "saved" ? savedOrder(rule.matches) : rule.matches;
  let text = "";
  for (const match of matches) text += spaced(matchText(match, rule, spelling));
  return text + spaced(targetText(rule.target, spelling));
}

function spaced(words: string): string {
  return words === "" ? "" : ` ${words}`;
}

/** The order of `iptables-save`: addresses, interfaces and protocol first, extensions as they were given. */
const SAVED_ORDER: readonly Match["kind"][] = [
  "source",
  "destination",
  "in-interface",
  "out-interface",
  "protocol",
];

function savedOrder(matches: readonly Match[]): readonly Match[] {
  if (matches.length < 2) return matches;
  const rank = ({ kind }: Match): number =>
    SAVED_ORDER.includes(kind) ? SAVED_ORDER.indexOf(kind) : SAVED_ORDER.length;
  return matches.toSorted((a, b) => rank(a) - rank(b));
}

function matchText(match: Match, rule: Rule, spelling: Spelling): string {
  switch (match.kind) {
    case "protocol":
      return `${bang(match.negated)}-p ${match.protocol}`;
    case "source":
    case "destination":
      return addressText(match, spelling);
    case "source-set":
    case "destination-set":
      return addressSetText(match);
    case "in-interface":
      return `${bang(match.negated)}-i ${match.name}`;
    case "out-interface":
      return `${bang(match.negated)}-o ${match.name}`;
    case "source-port":
    case "destination-port": {
      const option = match.kind === "source-port" ? "--sport" : "--dport";
      const text = `${bang(match.negated)}${option} ${portRange(match.range)}`;
      return spelling === "saved" ? `-m ${protocolOf(rule)} ${text}` : text;
    }
    case "source-multiport":
    case "destination-multiport": {
      const option = match.kind === "source-multiport" ? "--sports" : "--dports";
      const load = spelling === "saved" ? "-m" : "--match";
      return `${load} multiport ${bang(match.negated)}${option} ${match.ranges.map(portRange).join(",")}`;
    }
    case "owner-uid":
      return `-m owner ${bang(match.negated)}--uid-owner ${idRange(match.ids)}`;
    case "owner-gid":
      return `-m owner ${bang(match.negated)}--gid-owner ${idRange(match.ids)}`;
    case "connection-state":
      return `-m conntrack ${bang(match.negated)}--ctstate ${match.states.join(",")}`;
    case "comment":
      return `-m comment --comment ${quoted(match.text)}`;
    case "unknown":
      return match.text;
  }
}

function addressText(match: Extract<Match, { kind: "source" | "destination" }>, spelling: Spelling): string {
  // iptables-save leaves out a range that is every address.
  if (spelling === "saved" && match.range.prefix === 0 && !match.negated) return "";
  const range = spelling === "saved" ? formatCidr(match.range) : (match.text ?? formatCidr(match.range));
  return `${bang(match.negated)}${match.kind === "source" ? "-s" : "-d"} ${range}`;
}

/** A set that iptables can say is one range of addresses. Sets of nftables have their spelling in nftables alone. */
function addressSetText(match: Extract<Match, { kind: "source-set" | "destination-set" }>): string {
  const option = match.kind === "source-set" ? "--src-range" : "--dst-range";
  return `-m iprange ${bang(match.negated)}${option} ${match.text}`;
}

function targetText(target: Target, spelling: Spelling): string {
  switch (target.kind) {
    case "jump":
      return `-j ${target.chain}`;
    case "goto":
      return `-g ${target.chain}`;
    case "return":
      return "-j RETURN";
    case "accept":
      return "-j ACCEPT";
    case "drop":
      return "-j DROP";
    case "redirect":
      return `-j REDIRECT ${spelling === "saved" ? "--to-ports" : "--to-port"} ${target.port}`;
    case "dnat": {
      const { address } = target;
      const host = address.kind === "literal" ? address.text : `$${address.variable}`;
      return `-j DNAT --to-destination ${host}${target.port === undefined ? "" : `:${target.port}`}`;
    }
    case "none":
      return "";
    case "reject":
    case "source-nat":
    case "pass":
    case "unknown":
      return `-j ${target.text}`;
  }
}

function bang(negated: boolean): string {
  return negated ? "! " : "";
}

function portRange({ first, last }: PortSpan): string {
  return first === last ? String(first) : `${first}:${last}`;
}

function idRange({ first, last }: IdRange): string {
  return first === last ? String(first) : `${first}-${last}`;
}

/** The extension that a port match belongs to: the one named as the rule's protocol. */
function protocolOf(rule: Rule): string {
  const match = rule.matches.find(({ kind }) => kind === "protocol");
  return match?.kind === "protocol" ? match.protocol : "tcp";
}

/** As `iptables-save` quotes: only where there is need, with `"`, `\` and `'` escaped (xtables_save_string). */
function quoted(text: string): string {
  if (/^[A-Za-z0-9_-]+$/.test(text)) return text;
  return `"${text.replace(/["\\']/g, (character) => `\\${character}`)}"`;
}

/** Whether a rule tells its reason itself. */
export function hasComment({ matches }: Rule): boolean {
  return matches.some(({ kind }) => kind === "comment");
}
