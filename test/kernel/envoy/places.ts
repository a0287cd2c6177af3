/**
 * Where everything in the lab is: a pod and a peer on one link, addresses of the documentation ranges (RFC 5737, RFC 3849).
 */
import type { IpFamily } from "../../../src/net/address.ts";

/** An address for each family. */
export type Addresses = Readonly<Record<IpFamily, string>>;

/** The pod's own address. */
export const POD: Addresses = { ipv4: "192.0.2.10", ipv6: "2001:db8::10" };

/** The other end of the pod's link, which is also its only route. Nothing is behind it. */
export const PEER: Addresses = { ipv4: "192.0.2.20", ipv6: "2001:db8::20" };

/** Addresses of the peer that a range excludes. */
export const EXCLUDED_PEER: Addresses = { ipv4: "198.51.100.7", ipv6: "2001:db8:ee::7" };

/** The first address of the peer behind that range. */
export const NEXT_TO_EXCLUDED: Addresses = { ipv4: "198.51.101.0", ipv6: "2001:db8:ef::" };

/** The ranges that the mesh config excludes. */
export const EXCLUDED_RANGES: Addresses = { ipv4: "198.51.100.0/24", ipv6: "2001:db8:ee::/48" };

/** A service whose only endpoint is the pod. No machine has this address: the proxy picks the endpoint. */
export const OWN_SERVICE: Addresses = { ipv4: "203.0.113.10", ipv6: "2001:db8:53::10" };
export const OWN_SERVICE_PORT = 80;

/** TCP and UDP ports of the peer's server. */
export const PEER_PORTS = { served: 9000, excluded: 6379, nextToExcluded: 6380 } as const;

/** TCP ports that the app listens on. */
export const APP_PORTS = {
  /** On every address; the mesh has a policy for it. */
  served: 8080,
  /** On 127.0.0.2 alone; the mesh's policy sends its traffic there. */
  otherLoopback: 8082,
  /** On the pod's address alone, as Kubernetes asks of apps. */
  podAddressOnly: 8083,
  /** On every address, and excluded from inbound redirection. */
  excluded: 9090,
  /** On every address; no policy of the mesh lets anyone in. */
  closed: 9091,
  /** On every address: what answers rewritten tcpSocket probes is a container beside the proxy. */
  tcpProbes: 15904,
} as const;

/** UID and GID of the app. */
export const APP_UID = 1000;

/** The proxy's listener for liveness probes. Those for readiness and startup probes have the two ports behind it. */
export const FIRST_PROBE_PORT = 15901;
