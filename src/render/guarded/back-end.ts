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
 * Looked at, in this order: a back end that has our chains already; legacy when this network namespace has its nat table
 * (/proc/net/ip_tables_names lists it without loading it); nf_tables when it works here; legacy.
 */
export function chooseBackEnd(backEnd: BackEnd, ours: Ours): readonly string[] {
  return [...TRY, ...CAN_READ, ...choice(backEnd, ours)];
}

const LEGACY_IN_USE: readonly string[] = [
  "legacy_in_use() {",
  "  for names in /proc/net/ip_tables_names /proc/net/ip6_tables_names; do",
  '    [ -r "$names" ] || continue',
  '    while read -r table; do [ "$table" != nat ] || return 0; done <"$names"',
  "  done",
  "  return 1",
  "}",
];

/**
 * `can_read PROGRAM` tells whether the program is there and can read the nat table. iptables-nft cannot print the rules
 * of a table that nft wrote to, and says that it is incompatible, but adds to it and checks what it added.
 */
const CAN_READ: readonly string[] = [
  "can_read() {",
  "  code=127",
  '  command -v "$1" >/dev/null || return 1',
  `  try "$1" ${WAIT} -t nat -S`,
  '  case $code:$output in 0:* | *"is incompatible"*) ;; *) return 1 ;; esac',
  "}",
];

function choice(backEnd: BackEnd, { family, chain }: Ours): readonly string[] {
  switch (backEnd) {
    case "legacy":
      return [...has("iptables-legacy"), "iptables=iptables-legacy"];
    case "nf_tables":
      return [...has("iptables-nft"), "iptables=iptables-nft"];
    case "auto": {
      const program = family === "ipv4" ? "iptables" : "ip6tables";
      return [
        `has_chain() { try "$1" ${WAIT} -t nat -S ${chain}; [ $code -eq 0 ]; }`,
        ...LEGACY_IN_USE,
        `if can_read ${program}-nft && has_chain ${program}-nft; then iptables=iptables-nft`,
        "elif legacy_in_use && command -v iptables-legacy >/dev/null; then iptables=iptables-legacy",
        `elif can_read ${program}-nft; then iptables=iptables-nft`,
        "elif command -v iptables-legacy >/dev/null; then iptables=iptables-legacy",
        "else iptables=iptables; fi",
      ];
    }
  }
}

function has(program: string): readonly string[] {
  return [`command -v ${program} >/dev/null || fail "${program} is not installed"`];
}
