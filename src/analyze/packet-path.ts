import type { IpFamily } from "../net/address.ts";
import type { Chain, Hook, Table } from "../ruleset/rule.ts";
import type { LinkedChain, LinkedChains } from "./link.ts";
import type { Direction, Packet } from "./packet.ts";

/**
 * The hooks that a packet passes on its way, as far as they are modelled: to a process of the pod, or out of one. What
 * comes after OUTPUT (POSTROUTING, and for a packet that leaves by `lo` the way back in) rewrites sources at most, and
 * the nat table is not asked again.
 */
const HOOKS: { readonly [direction in Direction]: readonly Hook[] } = {
  inbound: ["PREROUTING", "INPUT"],
  outbound: ["OUTPUT"],
};

/** Where tables stand at a hook, the least first (`enum nf_ip_hook_priorities` in `linux/netfilter_ipv4.h`). */
const PRIORITIES: { readonly [table in Table]: number } = {
  raw: -300,
  mangle: -150,
  nat: -100,
  filter: 0,
  security: 50,
};

/** Where the nat table stands at INPUT and POSTROUTING, behind all others (`NF_IP_PRI_NAT_SRC`). */
const SOURCE_NAT_PRIORITY = 100;

/** Where connection tracking stands: a chain before it sees every packet as INVALID (`NF_IP_PRI_CONNTRACK`). */
const CONNTRACK_PRIORITY = -200;

/** Protocols whose RELATED packets tell of an error in a known connection: ICMP and ICMPv6. */
export const ERROR_PROTOCOLS: readonly number[] = [1, 58];

/**
 * Whether the nat table is asked about a packet: when it is the first of its connection, be it one that another
 * announced, and has not met the table before, as what comes in by `lo` has at OUTPUT. An error message is translated
 * with the connection that it is about (`nf_nat_inet_fn` in `nf_nat_core.c`).
 */
export function meetsNat({ direction, interface: name, state, protocol }: Packet): boolean {
  if (direction === "inbound" && name === "lo") return false;
  return state === "NEW" || (state === "RELATED" && !ERROR_PROTOCOLS.includes(protocol));
}

/** The paths through chains that were asked for: the same few serve every packet. */
const PATHS = new WeakMap<LinkedChains, Map<string, readonly LinkedChain[]>>();

/** The built-in chains that a packet of a family meets on its way in a direction, in order. */
export function packetPath(
  chains: LinkedChains,
  family: IpFamily,
  direction: Direction,
): readonly LinkedChain[] {
  const paths = PATHS.get(chains) ?? new Map<string, readonly LinkedChain[]>();
  PATHS.set(chains, paths);
  const key = `${family} ${direction}`;
  const path = paths.get(key) ?? findPath(chains, family, direction);
  paths.set(key, path);
  return path;
}

function findPath(chains: LinkedChains, family: IpFamily, direction: Direction): readonly LinkedChain[] {
  return HOOKS[direction].flatMap((hook) =>
    chains.all
      .filter(({ source }) => source.family === family && source.hook === hook)
      .sort((a, b) => priorityOf(a.source) - priorityOf(b.source)),
  );
}

/** Whether connection tracking has not seen a packet yet when the built-in chain is asked. */
export function isBeforeTracking(chain: Chain): boolean {
  return priorityOf(chain) < CONNTRACK_PRIORITY;
}

function priorityOf({ table, hook, priority }: Chain): number {
  if (priority !== undefined) return priority;
  return table === "nat" && hook === "INPUT" ? SOURCE_NAT_PRIORITY : PRIORITIES[table];
}
