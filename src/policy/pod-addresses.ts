import { type IpAddress, parseAddress } from "../net/address.ts";
import { type Cidr, cidrOf, holdsAddress } from "../net/cidr.ts";
import { knownRange, LOOPBACK } from "../net/known-ranges.ts";
import { type Finding, finding } from "./finding.ts";
import type { Optional, Pod } from "./inputs.ts";
import { quote } from "./quote.ts";

/**
 * The pod's addresses, as far as the cluster has given it some: at most one of each family, the first of it. A text that
 * is no address of a pod becomes a finding.
 */
export function readPodAddresses(pod: Pod | undefined, findings: Finding[]): readonly IpAddress[] {
  const { podIp, podIps } = podIpsOf(pod);
  const given = [
    { field: "pod.status.podIP", text: podIp },
    ...podIps.map((text, index) => ({ field: `pod.status.podIPs[${index}].ip`, text })),
  ];
  const addresses: IpAddress[] = [];
  for (const { field, text } of given) {
    if (!text) continue;
    const address = parseAddress(text);
    if (!address.ok || isNoHost(address.value)) {
      findings.push(
        finding("INVALID_POD_IP", {
          field,
          value: quote(text),
          message: `'${quote(text)}' is not ${address.ok ? "an address that a pod can have" : "an IP address"}`,
          remedy: "Give the pod as the cluster prints it, or leave its status out.",
        }),
      );
    } else if (!addresses.some(({ family }) => family === address.value.family)) {
      addresses.push(address.value);
    }
  }
  return addresses;
}

/** The texts that the pod's status has for addresses, under either name of their fields. */
export function podIpsOf(pod: Pod | undefined): {
  readonly podIp: Optional<string>;
  readonly podIps: readonly Optional<string>[];
} {
  const { podIP, podIp, podIPs, podIps } = pod?.status ?? {};
  return { podIp: podIP ?? podIp, podIps: (podIPs ?? podIps ?? []).map((entry) => entry?.ip) };
}

/** Networks without a host that others could reach: this host, loopback, multicast and reserved (RFC 6890, RFC 4291). */
const NO_HOSTS: readonly Cidr[] = [
  knownRange("0.0.0.0/8"),
  LOOPBACK.ipv4,
  knownRange("224.0.0.0/3"),
  cidrOf({ family: "ipv6", value: 0n }),
  LOOPBACK.ipv6,
  cidrOf({ family: "ipv6", value: 0xffn << 120n }, 8),
];

function isNoHost(address: IpAddress): boolean {
  return NO_HOSTS.some((range) => holdsAddress(range, address));
}
