import type { IpAddress, IpFamily } from "../net/address.ts";
import type { Cidr } from "../net/cidr.ts";
import type { PortSpan } from "../ruleset/rule.ts";

/** What rules are meant to do, in the words of packets. Every list may be empty. */
export interface Intent {
  /** The families that the rules shall treat so. */
  readonly families: readonly IpFamily[];
  /** The user that the proxy runs as. */
  readonly proxyUid: number;
  /** The proxy's listeners. */
  readonly listeners: { readonly admin: number; readonly outbound: number; readonly inbound: number };
  /** Ports that the sidecar serves to the network past its inbound listener: metrics, rewritten probes. */
  readonly openPorts: readonly number[];
  /** The pod's addresses, its first one first; empty when they are not known, and then it may have any. */
  readonly podAddresses: readonly IpAddress[];
  /** Whether what the proxy sends to loopback goes to the pod's address, but for what it sends to its admin port. */
  readonly sendsLoopbackToPod: boolean;
  /** Whether DNS queries to 127.0.0.153 go to port 5300 there. */
  readonly redirectsDns: boolean;
  readonly outbound: OutboundIntent;
  readonly inbound: InboundIntent;
  /** Interfaces, or wildcards for them, whose TCP is left alone. */
  readonly excludedInterfaces: readonly string[];
}

/** Which outbound TCP is left alone. */
export interface OutboundIntent {
  readonly excludedPorts: readonly PortSpan[];
  readonly excludedRanges: readonly Cidr[];
  /** Empty: every destination is included. */
  readonly includedRanges: readonly Cidr[];
  readonly excludedUids: readonly number[];
  readonly excludedGids: readonly number[];
}

/** Which inbound TCP is left alone. */
export interface InboundIntent {
  readonly excludedPorts: readonly PortSpan[];
  /** Empty: every port is included. */
  readonly includedPorts: readonly PortSpan[];
  readonly excludedSources: readonly Cidr[];
}
