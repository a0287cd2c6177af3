/**
 * Protocols that rules name, by the number in the IP header. The first name of a line is the one that `iptables-save`
 * prints; the others are taken too (/etc/protocols of Debian and Alpine; `xtables_chain_protos` in iptables' xtables.c).
 */
const NAMES: readonly (readonly [number, string, ...string[]])[] = [
  [1, "icmp"],
  [2, "igmp"],
  [4, "ipencap"],
  [6, "tcp"],
  [17, "udp"],
  [33, "dccp"],
  [41, "ipv6"],
  [47, "gre"],
  [50, "esp", "ipsec-esp"],
  [51, "ah", "ipsec-ah"],
  [58, "ipv6-icmp", "icmpv6"],
  [89, "ospf"],
  [94, "ipip"],
  [103, "pim"],
  [112, "vrrp"],
  [115, "l2tp"],
  [132, "sctp"],
  [135, "mobility-header", "ipv6-mh", "mh"],
  [136, "udplite"],
];

const NUMBER_OF = new Map(
  NAMES.flatMap(([number, ...names]) => names.map((name) => [name, number] as const)),
);
const NAME_OF = new Map(NAMES.map(([number, name]) => [number, name] as const));

/** Protocols whose packets begin with a source and a destination port: those that multiport takes (xt_multiport.c). */
export const PROTOCOLS_WITH_PORTS: readonly string[] = ["tcp", "udp", "udplite", "sctp", "dccp"];

/** The number, 1 to 255, of a protocol in any of its names; undefined for a name that is not known here. */
export function numberOfProtocol(name: string): number | undefined {
  return NUMBER_OF.get(name);
}

/** What a rule calls the protocol with that number: its name, or the number where it has no name here. */
export function nameOfProtocol(number: number): string {
  return NAME_OF.get(number) ?? String(number);
}
