/** An intent in the words of rules: the conditions that its demands are made of. */
import type { IpFamily } from "../net/address.ts";
import { type Cidr, cidrOf } from "../net/cidr.ts";
import { aggregate } from "../net/cidr-set.ts";
import type { AddressSetMatch, Match } from "../ruleset/rule.ts";
import {
  destination,
  destinationPort,
  destinationPorts,
  inInterface,
  not,
  outInterface,
  ownedBy,
  ownedByGroup,
  TCP,
  UDP,
} from "../ruleset/vocabulary.ts";
import type { Intent } from "./intent.ts";

/** Where DNS queries for the mesh are sent. */
export const DNS_ADDRESS = { family: "ipv4", value: 0x7f000099n } as const;

/** The port that they are to go to. */
export const DNS_PROXY_PORT = 5300;

/** A query of theirs. */
export const DNS_QUERY: readonly Match[] = [UDP, destination(cidrOf(DNS_ADDRESS)), destinationPort(53)];

/** The conditions that a space has to be cut by for the demands of an intent to be told in it. */
export function intentConditions(intent: Intent, family: IpFamily): readonly Match[] {
  return [
    TCP,
    ...(family === "ipv4" ? [...DNS_QUERY, ...adminCall(intent)] : []),
    ownedBy(intent.proxyUid),
    destinationPort(intent.listeners.admin),
    ...intent.openPorts.map(destinationPort),
    toPod(intent, family),
    ...outboundExclusions(intent),
    ...inboundExclusions(intent),
  ];
}

/** To an address of the family that the pod is known to have. */
export function toPod({ podAddresses }: Intent, family: IpFamily): AddressSetMatch {
  const own = podAddresses.filter((address) => address.family === family);
  return inRanges(
    "destination",
    own.map((address) => cidrOf(address)),
  );
}

/** To the proxy's admin port, which listens on 127.0.0.1 alone. */
export function adminCall({ listeners }: Intent): readonly Match[] {
  return [destination(cidrOf({ family: "ipv4", value: 0x7f000001n })), destinationPort(listeners.admin)];
}

/** What takes outbound TCP out: any one of these. */
export function outboundExclusions({ outbound, excludedInterfaces }: Intent): readonly Match[] {
  return [
    destinationPorts(outbound.excludedPorts),
    inRanges("destination", outbound.excludedRanges),
    ...(outbound.includedRanges.length === 0 ? [] : [not(inRanges("destination", outbound.includedRanges))]),
    ...outbound.excludedUids.map(ownedBy),
    ...outbound.excludedGids.map(ownedByGroup),
    ...excludedInterfaces.map(outInterface),
  ];
}

/** What takes inbound TCP out: any one of these. */
export function inboundExclusions({ inbound, excludedInterfaces }: Intent): readonly Match[] {
  return [
    destinationPorts(inbound.excludedPorts),
    inRanges("source", inbound.excludedSources),
    ...(inbound.includedPorts.length === 0 ? [] : [not(destinationPorts(inbound.includedPorts))]),
    ...excludedInterfaces.map(inInterface),
  ];
}

function inRanges(side: "source" | "destination", ranges: Iterable<Cidr>): AddressSetMatch {
  return { kind: `${side}-set`, negated: false, ranges: aggregate(ranges), text: "" };
}
