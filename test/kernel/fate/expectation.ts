import type { Fate } from "../../../src/analyze/fate.ts";
import type { LinkedChains } from "../../../src/analyze/link.ts";
import { walk } from "../../../src/analyze/walk.ts";
import { type IpAddress, parseAddress } from "../../../src/net/address.ts";
import type { Chain } from "../../../src/ruleset/rule.ts";
import { APP_LISTENERS, PEER_LISTENERS, PROXY_LISTENERS, takes } from "./listeners.ts";
import { modelled, type PacketWords } from "./packets.ts";
import { ADDRESSES, LINKS, POD_ENVIRONMENT } from "./places.ts";

/** What the model says will come of a packet. */
export interface Expectation {
  /** Where it goes in the end; absent when it is dropped. */
  readonly destination?: { readonly address: string; readonly port: number };
  /** Where it arrives, and whose listener takes it; absent when it is dropped, or when nobody listens there. */
  readonly arrival?: {
    readonly at: "pod" | "peer";
    readonly of: "proxy" | "app" | "peer";
    readonly port: number;
  };
  /** What the socket of a TCP connection is told; absent when it is told nothing. */
  readonly outcome?: "connected" | "Connection refused";
  /** The rules of the nat table that it meets the conditions of, by {@link ruleName}. */
  readonly counted: readonly string[];
  readonly fate: Fate;
}

/** The addresses that the pod's environment tells. */
const POD = {
  addresses: POD_ENVIRONMENT.POD_IPS.split(",").flatMap((text): readonly IpAddress[] => {
    const address = parseAddress(text);
    return address.ok ? [address.value] : [];
  }),
};

/** How a rule is called where its counter is compared. */
export function ruleName({ family, table, name }: Chain, index: number): string {
  return `${family} ${table} ${name} ${index + 1}`;
}

/** Whether a packet that is redirected where it arrives keeps its address, as in the model, to which a pod has one. */
export function keepsAddress(words: PacketWords): boolean {
  return words.by !== "peer" || words.to === ownAddress(words, words.to.includes(":") ? "ipv6" : "ipv4");
}

/** What the chains do to a packet that is sent from a port, according to the model. */
export function expectationOf(chains: LinkedChains, words: PacketWords, sport: number): Expectation {
  const { steps, decision } = walk(chains, modelled(words, sport), POD);
  const counted = steps.flatMap((step) =>
    step.kind === "rule" && step.failed === undefined && step.rule.chain.table === "nat"
      ? ruleName(step.rule.chain, step.rule.index)
      : [],
  );
  const { fate } = decision;
  const destination = destinationOf(fate, words);
  if (destination === undefined) return { counted, fate };
  const bound = { protocol: words.protocol, ...destination };
  const takers = isOfPod(destination.address)
    ? [
        { at: "pod", of: "proxy", listeners: PROXY_LISTENERS } as const,
        { at: "pod", of: "app", listeners: APP_LISTENERS } as const,
      ]
    : [{ at: "peer", of: "peer", listeners: PEER_LISTENERS } as const];
  const taker = takers.find(({ listeners }) => listeners.some((listener) => takes(listener, bound)));
  if (taker !== undefined) {
    const { at, of } = taker;
    return { counted, fate, destination, arrival: { at, of, port: destination.port }, outcome: "connected" };
  }
  // The kernel finds no route for the reset of a connection that was translated away from ::1 (Ip6OutNoRoutes counts it).
  const isSilent = words.to === "::1" && destination.address !== "::1";
  return { counted, fate, destination, ...(!isSilent && { outcome: "Connection refused" }) };
}

function destinationOf(fate: Fate, words: PacketWords): Expectation["destination"] {
  const family = words.to.includes(":") ? "ipv6" : "ipv4";
  switch (fate.kind) {
    case "untouched":
    case "accepted":
      return { address: words.to, port: words.dport };
    case "redirected":
      return { address: ownAddress(words, family), port: fate.port };
    case "dnat":
      return { address: fate.address, port: fate.port ?? words.dport };
    case "dropped":
      return undefined;
    case "not-modelled":
      throw new Error(`the model has no word on ${fate.target}`);
  }
}

/**
 * Where redirection goes: loopback for what this host sends, else an address of the link (nf_nat_redirect.c). Of several
 * it is the first of IPv4, and of IPv6 the one that was added last: the kernel puts a new address before others of its
 * scope (addrconf.c, ipv6_link_dev_addr).
 */
function ownAddress(words: PacketWords, family: "ipv4" | "ipv6"): string {
  if (words.by !== "peer" || words.interface === "lo") return family === "ipv4" ? "127.0.0.1" : "::1";
  const { pod } = ADDRESSES[words.interface][family];
  return pod.at(family === "ipv4" ? 0 : -1) ?? "";
}

function isOfPod(address: string): boolean {
  if (address.startsWith("127.") || address === "::1") return true;
  return LINKS.some((link) =>
    [ADDRESSES[link].ipv4, ADDRESSES[link].ipv6].some(({ pod }) => pod.includes(address)),
  );
}
