import type { Intent } from "./analyze/intent.ts";
import type { Policy } from "./policy/policy.ts";
import { PROXY_PORTS, PROXY_UID } from "./policy/profile.ts";

/** What a policy means for packets, whatever rules a dialect makes of it. */
export function policyIntent(policy: Policy): Intent {
  const { ipFamilies } = policy;
  return {
    families: ipFamilies === "dual" ? ["ipv4", "ipv6"] : [ipFamilies],
    proxyUid: PROXY_UID,
    listeners: { admin: PROXY_PORTS.admin, outbound: PROXY_PORTS.outbound, inbound: PROXY_PORTS.inbound },
    openPorts: [PROXY_PORTS.prometheus, ...policy.probePorts.map(({ port }) => port)],
    podAddresses: policy.podAddresses,
    sendsLoopbackToPod: policy.localProxyMode === "PodIP",
    redirectsDns: policy.localDnsProxy,
    outbound: {
      excludedPorts: policy.outboundPortExclusions.map(({ range }) => range),
      excludedRanges: policy.outboundRangeExclusions.map(({ cidr }) => cidr),
      includedRanges: policy.outboundRangeInclusions.map(({ cidr }) => cidr),
      excludedUids: policy.excludedUids.map(({ id }) => id),
      excludedGids: policy.excludedGids.map(({ id }) => id),
    },
    inbound: {
      excludedPorts: policy.inboundPortExclusions.map(({ range }) => range),
      includedPorts: policy.inboundPortInclusions.map(({ range }) => range),
      excludedSources: policy.inboundSourceRangeExclusions.map(({ cidr }) => cidr),
    },
    excludedInterfaces: policy.interfaceExclusions.map(({ name }) => name),
  };
}
