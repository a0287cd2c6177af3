/**
 * Protocol numbers by the names that rules use: those that iptables-save prints of its own (`xtables_chain_protos` in
 * iptables' `xtables.c`), and the others of the IANA registry that rules are written for.
 */
const NUMBERS: ReadonlyMap<string, number> = new Map([
  ["icmp", 1],
  ["igmp", 2],
  ["ipencap", 4],
  ["tcp", 6],
  ["udp", 17],
  ["dccp", 33],
  ["ipv6", 41],
  ["gre", 47],
  ["esp", 50],
  ["ah", 51],
  ["icmpv6", 58],
  ["ipv6-icmp", 58],
  ["ospf", 89],
  ["pim", 103],
  ["vrrp", 112],
  ["l2tp", 115],
  ["sctp", 132],
  ["mh", 135],
  ["ipv6-mh", 135],
  ["udplite", 136],
]);

/** What `-p all` and `-p 0` are: every protocol (`ip_packet_match` in the kernel skips the check for 0). */
export const ANY_PROTOCOL = 0;

/** The number of TCP. */
export const TCP = 6;

/** Protocols whose packets have ports: those that the multiport match takes (iptables-extensions(8), multiport). */
export const PROTOCOLS_WITH_PORTS: readonly number[] = [TCP, 17, 33, 132, 136];

const DECIMAL = /^[0-9]{1,3}$/;

/**
 * The number, 0 to 255, of a protocol as a rule names it; {@link ANY_PROTOCOL} for `all`; undefined for a name that is
 * not known here.
 */
export function protocolNumber(name: string): number | undefined {
  if (name === "all") return ANY_PROTOCOL;
  if (DECIMAL.test(name)) return Number(name) <= 255 ? Number(name) : undefined;
  return NUMBERS.get(name);
}
