import { formatCidr } from "../net/cidr.ts";
import type { Match, PortSpan, Rule } from "./rule.ts";

/**
 * A text that two rules share when the kernel keeps them as the same rule: same conditions, same target, whatever their
 * counters, origins, reasons and spelling. The order of conditions counts only among extensions, as it does for
 * `iptables -D`: addresses, interfaces and the protocol have fixed places in the kernel's entry.
 */
export function ruleKey(rule: Rule): string {
  const fixed: string[] = [];
  const extensions: string[] = [];
  for (const match of rule.matches) {
    // A range of all addresses is no condition to the kernel, unless it is negated.
    if (
      (match.kind === "source" || match.kind === "destination") &&
      match.range.prefix === 0 &&
      !match.negated
    )
      continue;
    (isFixed(match) ? fixed : extensions).push(matchKey(match));
  }
  return JSON.stringify([fixed.sort(), extensions, rule.target]);
}

function isFixed(match: Match): boolean {
  switch (match.kind) {
    case "protocol":
    case "source":
    case "destination":
    case "in-interface":
    case "out-interface":
      return true;
    case "source-set":
    case "destination-set":
    case "source-port":
    case "destination-port":
    case "source-multiport":
    case "destination-multiport":
    case "owner-uid":
    case "owner-gid":
    case "connection-state":
    case "comment":
    case "unknown":
      return false;
  }
}

function matchKey(match: Match): string {
  switch (match.kind) {
    case "protocol":
      return key(match, match.protocol);
    case "source":
    case "destination":
      return key(match, formatCidr(match.range));
    case "source-set":
    case "destination-set":
      return key(match, match.ranges.map(formatCidr).join());
    case "in-interface":
    case "out-interface":
      return key(match, match.name);
    case "source-port":
    case "destination-port":
      return key(match, span(match.range));
    case "source-multiport":
    case "destination-multiport":
      return key(match, match.ranges.map(span).join());
    case "owner-uid":
    case "owner-gid":
      return key(match, span(match.ids));
    case "connection-state":
      return key(match, match.states.join());
    case "comment":
    case "unknown":
      return `${match.kind} ${match.text}`;
  }
}

function key(match: { readonly kind: string; readonly negated: boolean }, value: string): string {
  return `${match.negated ? "! " : ""}${match.kind} ${value}`;
}

function span(range: PortSpan): string {
  return `${range.first}:${range.last}`;
}
