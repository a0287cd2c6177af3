/** An intent as demands: for each packet there can be, what shall become of it. */

import { formatAddress, type IpFamily } from "../net/address.ts";
import { LOOPBACK } from "../net/known-ranges.ts";
import { destination, destinationPort, outInterface, ownedBy, TCP } from "../ruleset/vocabulary.ts";
import type { Analysis } from "./analysis.ts";
import type { Fate } from "./fate.ts";
import type { Intent } from "./intent.ts";
import {
  adminCall,
  DNS_ADDRESS,
  DNS_PROXY_PORT,
  DNS_QUERY,
  inboundExclusions,
  outboundExclusions,
  toPod,
} from "./intent-conditions.ts";
import type { Direction } from "./packet.ts";
import type { PacketSet } from "./packet-set.ts";

/** A property that rules can have. */
export type Property =
  /** What the proxy sends out of its pod is left alone; it never comes to its own outbound listener. */
  | "proxy-not-looped"
  /** What the proxy sends to its own pod, loopback apart, goes to the inbound listener. */
  | "self-call-intercepted"
  /** Every outbound TCP connection of the app that is not excluded goes to the outbound listener. */
  | "outbound-intercepted"
  /** Every inbound TCP connection that is not excluded and not to an open port goes to the inbound listener. */
  | "inbound-intercepted"
  /** What is excluded, or not included, is left alone. */
  | "exclusions-left-alone"
  /** What the app sends inside its pod, and what the proxy sends to loopback, is left alone. */
  | "loopback-left-alone"
  /** The ports that the sidecar serves to the network are reached. */
  | "sidecar-ports-open"
  /** The proxy reaches its own admin port. */
  | "admin-reachable"
  /** Other protocols than TCP, and packets of connections that are under way, are left alone. */
  | "others-left-alone";

/** What some packets shall come to. */
export interface Demand {
  readonly property: Property;
  readonly packets: PacketSet;
  readonly isMet: (fate: Fate) => boolean;
}

/**
 * The demands on the packets of a direction. They are apart, and every packet that there can be is in one of them: rules
 * which meet them all do nothing else.
 */
export function demandsOf(analysis: Analysis, intent: Intent, direction: Direction): readonly Demand[] {
  const { space, sets, world } = analysis;
  const tcp = sets.and(sets.where([TCP]), world.meetingNat);
  const queries = sets.and(sets.where(DNS_QUERY), world.meetingNat);
  const isAsked = intent.redirectsDns && direction === "outbound" && space.family === "ipv4";
  const wishes: readonly Demand[] = [
    ...(isAsked ? [{ property: "others-left-alone", packets: queries, isMet: isDnsProxy } as const] : []),
    { property: "others-left-alone", packets: sets.minus(sets.all, tcp), isMet: isLeftAlone },
    ...(direction === "inbound" ? inboundTcp(analysis, intent) : outboundTcp(analysis, intent)),
  ];
  // What one wish is about, those behind it are not.
  const demands: Demand[] = [];
  let rest = world.starting(direction);
  for (const wish of wishes) {
    const packets = sets.and(rest, wish.packets);
    rest = sets.minus(rest, wish.packets);
    if (packets !== sets.none) demands.push({ ...wish, packets });
  }
  return demands;
}

function inboundTcp({ sets: { all, anyOf, where } }: Analysis, intent: Intent): readonly Demand[] {
  const openPorts = anyOf(intent.openPorts.map((port) => where([destinationPort(port)])));
  const excluded = anyOf(inboundExclusions(intent).map((exclusion) => where([exclusion])));
  return [
    { property: "sidecar-ports-open", packets: openPorts, isMet: isLeftAlone },
    { property: "exclusions-left-alone", packets: excluded, isMet: isLeftAlone },
    { property: "inbound-intercepted", packets: all, isMet: isRedirectedTo(intent.listeners.inbound) },
  ];
}

function outboundTcp(analysis: Analysis, intent: Intent): readonly Demand[] {
  const { all, anyOf, where } = analysis.sets;
  const excluded = anyOf(outboundExclusions(intent).map((exclusion) => where([exclusion])));
  return [
    ...proxyTcp(analysis, intent),
    { property: "loopback-left-alone", packets: where([outInterface("lo")]), isMet: isLeftAlone },
    { property: "exclusions-left-alone", packets: excluded, isMet: isLeftAlone },
    { property: "outbound-intercepted", packets: all, isMet: isRedirectedTo(intent.listeners.outbound) },
  ];
}

function proxyTcp({ space: { family }, sets }: Analysis, intent: Intent): readonly Demand[] {
  const { and, minus, where } = sets;
  const proxy = where([ownedBy(intent.proxyUid)]);
  const inside = and(proxy, where([outInterface("lo")]));
  const loopback = and(proxy, where([destination(LOOPBACK[family])]));
  const toAdmin = where([destinationPort(intent.listeners.admin)]);
  const isKnown = intent.podAddresses.some((address) => address.family === family);
  const selfCalls = isKnown ? and(inside, where([toPod(intent, family)])) : inside;
  const isInbound = isRedirectedTo(intent.listeners.inbound);
  const movesLoopback = intent.sendsLoopbackToPod && (isKnown || intent.podAddresses.length === 0);
  return [
    {
      property: "admin-reachable",
      packets: family === "ipv4" ? and(proxy, where(adminCall(intent))) : sets.none,
      isMet: isLeftAlone,
    },
    {
      property: "loopback-left-alone",
      packets: movesLoopback ? minus(loopback, toAdmin) : sets.none,
      isMet: isSentToPod(intent, family),
    },
    { property: "loopback-left-alone", packets: loopback, isMet: isLeftAlone },
    { property: "self-call-intercepted", packets: selfCalls, isMet: isInbound },
    // Where some addresses of the pod are known, whether a call to a further one is a self-call is left open.
    { property: "proxy-not-looped", packets: inside, isMet: (fate) => isLeftAlone(fate) || isInbound(fate) },
    { property: "proxy-not-looped", packets: proxy, isMet: isLeftAlone },
  ];
}

function isLeftAlone({ kind }: Fate): boolean {
  return kind === "untouched" || kind === "accepted";
}

function isRedirectedTo(port: number): (fate: Fate) => boolean {
  return (fate) => fate.kind === "redirected" && fate.port === port;
}

function isDnsProxy(fate: Fate): boolean {
  return fate.kind === "dnat" && fate.address === formatAddress(DNS_ADDRESS) && fate.port === DNS_PROXY_PORT;
}

/** A pod whose address is not known is named by a variable. */
function isSentToPod({ podAddresses }: Intent, family: IpFamily): (fate: Fate) => boolean {
  const known = podAddresses.find((address) => address.family === family);
  return (fate) =>
    fate.kind === "dnat" &&
    fate.port === undefined &&
    (known === undefined ? fate.address.startsWith("$") : fate.address === formatAddress(known));
}
