import { WAIT } from "./shell.ts";

/** A back end of iptables, or the choice of the script. */
export type BackEnd = "legacy" | "nf_tables" | "auto";

/**
 * Lines that set `iptables` to the program of the back end.
 *
 * Looked at, in this order: a back end that has our chains already; legacy when this network namespace has its nat table
 * (/proc/net/ip_tables_names lists it without loading it); nf_tables when it works here; legacy.
 *
 * @param chain One of our chains.
 */
export function chooseBackEnd(backEnd: BackEnd, chain: string): readonly string[] {
  switch (backEnd) {
    case "legacy":
      return [...has("iptables-legacy"), "iptables=iptables-legacy"];
    case "nf_tables":
      return [...has("iptables-nft"), "iptables=iptables-nft"];
    case "auto":
      return [
        "legacy_in_use() {",
        "  [ -r /proc/net/ip_tables_names ] || return 1",
        '  while read -r table; do [ "$table" != nat ] || return 0; done </proc/net/ip_tables_names',
        "  return 1",
        "}",
        'works() { command -v "$1" >/dev/null && "$@" >/dev/null 2>&1; }',
        `if works iptables-nft ${WAIT} -t nat -S ${chain}; then iptables=iptables-nft`,
        "elif legacy_in_use && command -v iptables-legacy >/dev/null; then iptables=iptables-legacy",
        `elif works iptables-nft ${WAIT} -t nat -S; then iptables=iptables-nft`,
        "elif command -v iptables-legacy >/dev/null; then iptables=iptables-legacy",
        "else iptables=iptables; fi",
      ];
  }
}

function has(program: string): readonly string[] {
  return [`command -v ${program} >/dev/null || fail "${program} is not installed"`];
}
