import type { Target } from "../ruleset/rule.ts";

/** Targets that only record, mark or alter a packet: the next rule is asked (man iptables-extensions; XT_CONTINUE). */
const PASSING: ReadonlySet<string> = new Set([
  "AUDIT",
  "CHECKSUM",
  "CLASSIFY",
  "CONNMARK",
  "CONNSECMARK",
  "CT",
  "DSCP",
  "ECN",
  "HL",
  "HMARK",
  "IDLETIMER",
  "LED",
  "LOG",
  "MARK",
  "NFLOG",
  "NOTRACK",
  "RATEEST",
  "SECMARK",
  "SET",
  "TCPMSS",
  "TCPOPTSTRIP",
  "TEE",
  "TOS",
  "TRACE",
  "TTL",
  "ULOG",
]);

/** Targets that decide in a way that the model does not know (man iptables-extensions). */
const UNKNOWN: ReadonlySet<string> = new Set([
  "CLUSTERIP",
  "DNAT",
  "DNPT",
  "MIRROR",
  "NETMAP",
  "NFQUEUE",
  "QUEUE",
  "REDIRECT",
  "SNPT",
  "SYNPROXY",
  "TPROXY",
]);

/** A target of an extension of which nothing but the name is known. Undefined when iptables has no such extension. */
export function extensionTarget(name: string, text: string): Target | undefined {
  if (name === "REJECT") return { kind: "reject", text };
  if (name === "SNAT" || name === "MASQUERADE") return { kind: "source-nat", name, text };
  if (PASSING.has(name)) return { kind: "pass", name, text };
  return UNKNOWN.has(name) ? { kind: "unknown", name, text } : undefined;
}
