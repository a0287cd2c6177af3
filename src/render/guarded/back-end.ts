import type { IpFamily } from "../../net/address.ts";
import { TRY, WAIT } from "./shell.ts";

/** A back end of iptables, or the choice of the script. */
export type BackEnd = "legacy" | "nf_tables" | "auto";

/**
 * Lines that set `iptables` to the program of the back end, and define `try` and `can_read`.
 *
 * Looked at, in this order: a back end that has our chains already; legacy when this network namespace has its nat table
 * (/proc/net/ip_tables_names lists it without loading it); nf_tables when it works here; legacy.
 *
 * @param family The family that the script programs first.
 * @param chain One of our chains.
 */
export function chooseBackEnd(backEnd: BackEnd, family: IpFamily, chain: string): readonly string[] {
  return [...TRY, ...CAN_READ, ...choice(backEnd, family === "ipv4" ? "iptables" : "ip6tables", chain)];
}

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

function choice(backEnd: BackEnd, program: string, chain: string): readonly string[] {
  switch (backEnd) {
    case "legacy":
      return [...has("iptables-legacy"), "iptables=iptables-legacy"];
    case "nf_tables":
      return [...has("iptables-nft"), "iptables=iptables-nft"];
    case "auto":
      return [
        `has_chain() { try "$1" ${WAIT} -t nat -S ${chain}; [ $code -eq 0 ]; }`,
        "legacy_in_use() {",
        "  for names in /proc/net/ip_tables_names /proc/net/ip6_tables_names; do",
        '    [ -r "$names" ] || continue',
        '    while read -r table; do [ "$table" != nat ] || return 0; done <"$names"',
        "  done",
        "  return 1",
        "}",
        `if can_read ${program}-nft && has_chain ${program}-nft; then iptables=iptables-nft`,
        "elif legacy_in_use && command -v iptables-legacy >/dev/null; then iptables=iptables-legacy",
        `elif can_read ${program}-nft; then iptables=iptables-nft`,
        "elif command -v iptables-legacy >/dev/null; then iptables=iptables-legacy",
        "else iptables=iptables; fi",
      ];
  }
}

function has(program: string): readonly string[] {
  return [`command -v ${program} >/dev/null || fail "${program} is not installed"`];
}
