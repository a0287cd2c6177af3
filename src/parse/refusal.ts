import { MULTIPORT_SLOTS, multiportSlots } from "../net/port-set.ts";
import type { Command } from "../ruleset/command.ts";
import type { Match, Rule, Table } from "../ruleset/rule.ts";

/**
 * Why iptables refuses a rule by itself, with either back end and before the kernel is asked (iptables 1.8.9: xshared.c,
 * libxt_multiport.c, libxt_NAT.c); undefined when it does not. What a kernel has may hold such rules: nft asks for less.
 */
export function refusalOf(table: Table, command: Command): string | undefined {
  if (!("rule" in command)) return undefined;
  const { chain, rule } = command;
  return (
    firstRefusal(rule.matches, (match) => wrongInterface(chain, match) ?? tooManyPorts(match)) ??
    portWithoutProtocol(rule) ??
    dropInNat(table, rule)
  );
}

function firstRefusal(
  matches: readonly Match[],
  refusal: (match: Match) => string | undefined,
): string | undefined {
  for (const match of matches) {
    const reason = refusal(match);
    if (reason !== undefined) return reason;
  }
  return undefined;
}

/** The built-in chains whose packets have no such interface yet, or no longer. iptables goes by their names alone. */
const WITHOUT_INTERFACE: Readonly<Partial<Record<Match["kind"], readonly string[]>>> = {
  "in-interface": ["OUTPUT", "POSTROUTING"],
  "out-interface": ["PREROUTING", "INPUT"],
};

function wrongInterface(chain: string, { kind }: Match): string | undefined {
  if (WITHOUT_INTERFACE[kind]?.includes(chain) !== true) return undefined;
  return `${kind === "in-interface" ? "-i" : "-o"} cannot be asked in the chain ${chain}`;
}

function tooManyPorts(match: Match): string | undefined {
  if (match.kind !== "source-multiport" && match.kind !== "destination-multiport") return undefined;
  const slots = match.ranges.reduce((sum, range) => sum + multiportSlots(range), 0);
  if (slots <= MULTIPORT_SLOTS) return undefined;
  return `a multiport match holds ${MULTIPORT_SLOTS} ports, a range counted twice, and these are ${slots}`;
}

/** The protocols beside which iptables takes a port for a destination to be changed to. */
const TRANSLATED: readonly string[] = ["tcp", "udp", "sctp", "dccp", "icmp"];

function portWithoutProtocol({ matches, target }: Rule): string | undefined {
  if (target.kind !== "redirect" && !(target.kind === "dnat" && target.port !== undefined)) return undefined;
  if (matches.some((match) => match.kind === "protocol" && TRANSLATED.includes(match.protocol))) {
    return undefined;
  }
  return `a port to go to needs -p with one of ${TRANSLATED.join(", ")} beside it`;
}

function dropInNat(table: Table, { target }: Rule): string | undefined {
  return table === "nat" && target.kind === "drop" ? "the table nat takes no DROP" : undefined;
}
