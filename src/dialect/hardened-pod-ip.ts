import { formatAddress, type IpFamily } from "../net/address.ts";
import { LOOPBACK } from "../net/known-ranges.ts";
import type { Policy } from "../policy/policy.ts";
import { PROXY_PORTS, PROXY_UID } from "../policy/profile.ts";
import type { Operation } from "../ruleset/operation.ts";
import type { DnatAddress } from "../ruleset/rule.ts";
import {
  caused,
  destination,
  destinationPort,
  dnat,
  insert,
  not,
  outInterface,
  ownedBy,
  TCP,
} from "../ruleset/vocabulary.ts";

/**
 * PodIP mode: what the proxy sends to loopback goes to the pod's address, but for its own admin port, which listens on
 * loopback alone. None for a family that the pod is known to have no address of.
 */
export function podIpMode(policy: Policy, family: IpFamily): readonly Operation[] {
  if (policy.localProxyMode !== "PodIP") return [];
  const address = podAddress(policy, family);
  if (address === undefined) return [];
  const field = "meshConfig.spec.sidecar.localProxyMode";
  return [
    insert(
      "PROXY_OUTPUT",
      caused(
        "What the proxy sends to loopback goes to the pod's address, but for its admin port",
        [{ kind: "mesh-config", field, value: "PodIP" }],
        [
          destination(LOOPBACK[family]),
          outInterface("lo"),
          TCP,
          not(destinationPort(PROXY_PORTS.admin)),
          ownedBy(PROXY_UID),
        ],
        dnat(address),
      ),
    ),
  ];
}

function podAddress({ podAddresses }: Policy, family: IpFamily): DnatAddress | undefined {
  if (podAddresses.length === 0) {
    return { kind: "environment", variable: family === "ipv4" ? "POD_IPV4" : "POD_IPV6" };
  }
  const known = podAddresses.find((address) => address.family === family);
  return known && { kind: "literal", text: formatAddress(known) };
}
