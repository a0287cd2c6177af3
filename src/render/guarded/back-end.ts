import type { IpFamily } from "../../net/address.ts";
import { TRY, WAIT } from "./shell.ts";

/** A back end of iptables, whatever the other one holds, or the choice of the script. */
export type BackEnd = "legacy" | "nf_tables" | "auto";

/** What a choice is for: the family that the script programs first, and one of our chains in it. */
export interface Ours {
  readonly family: IpFamily;
  readonly chain: string;
}

/**
 * Lines that set `iptables` to the program of the back end, and define `try` and `can_read`.
 *
 * A back end that has our chains already; else legacy when this network namespace has its nat table
 * (/proc/net/ip_tables_names lists it without loading it); else nf_tables when it works here; else legacy.
 */
export function chooseBackEnd(backEnd: BackEnd, ours: Ours): readonly string[] {
  return [...TRY, ...canRead(ours), ...choice(backEnd, ours)];
}

const LEGACY_IN_USE: readonly string[] = [
  "# Whether the legacy back end has a nat table in this pod. To ask iptables would make one.",
  "legacy_in_use() {",
  "  for names in /proc/net/ip_tables_names /proc/net/ip6_tables_names; do",
  '    [ -r "$names" ] || continue',
  '    while read -r table; do [ "$table" != nat ] || return 0; done <"$names"',
  "  done",
  "  return 1",
  "}",
];

/**
 * `can_read PROGRAM` tells whether the program is there and can read the nat table. `seen` is then the program, and `new`
 * tells whether our chains are not in the table, so that no rule can jump to them. iptables-nft cannot print the rules of
 * a table that nft wrote to, and says that it is incompatible, but adds to it and checks what it added.
 */
function canRead({ chain }: Ours): readonly string[] {
  return [
    "# Whether an iptables is there and can read the nat table; new=yes when our chains are not in it.",
    "can_read() {",
    '  seen= new=no code=127 output="not installed"',
    '  command -v "$1" >/dev/null || return 1',
    `  try "$1" ${WAIT} -t nat -S`,
    "  case $code:$output in",
    `    0:*"-N ${chain}"* | *"is incompatible"*) ;;`,
    '    0:*"-P OUTPUT "*) new=yes ;;',
    "    *) return 1 ;;",
    "  esac",
    "  seen=$1",
    "}",
  ];
}

function choice(backEnd: BackEnd, { family, chain }: Ours): readonly string[] {
  switch (backEnd) {
    case "legacy":
      return ["iptables=iptables-legacy seen="];
    case "nf_tables":
      return ["iptables=iptables-nft seen="];
    case "auto": {
      const nft = family === "ipv4" ? "iptables-nft" : "ip6tables-nft";
      return [
        `has_chain() { try "$1" ${WAIT} -t nat -S ${chain}; [ $code -eq 0 ]; }`,
        ...LEGACY_IN_USE,
        "# nf_tables where it works, unless legacy is in use and nf_tables has none of our chains.",
        `if can_read ${nft} && { ! legacy_in_use || has_chain ${nft}; }; then iptables=iptables-nft`,
        "elif command -v iptables-legacy >/dev/null; then iptables=iptables-legacy",
        `elif can_read ${nft}; then iptables=iptables-nft`,
        "else iptables=iptables; fi",
      ];
    }
  }
}
