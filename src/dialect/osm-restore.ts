/** OSM 1.0 to 1.2 and FSM: chains `OSM_PROXY_*` or `FSM_PROXY_*`, loaded by one restore document. */
import { knownRange } from "../net/known-ranges.ts";
import type { Policy } from "../policy/policy.ts";
import { PROXY_PORTS, PROXY_UID } from "../policy/profile.ts";
import type { Operation, Transaction } from "../ruleset/operation.ts";
import type { Rule } from "../ruleset/rule.ts";
import {
  ACCEPT,
  append,
  builtIn,
  caused,
  destination,
  destinationPort,
  dnat,
  dnatTo,
  inInterface,
  insert,
  jump,
  newChain,
  not,
  outInterface,
  ownedBy,
  RETURN,
  redirect,
  TCP,
  UDP,
} from "../ruleset/vocabulary.ts";
import { LOOPBACK_ADDRESS } from "./loopback.ts";
import { portExclusion } from "./port-exclusion.ts";

/** The four chains of a mesh. */
interface ChainNames {
  readonly inbound: string;
  readonly inRedirect: string;
  readonly outbound: string;
  readonly outRedirect: string;
}

/** Where a version puts outbound exclusions: before the static rules (OSM 1.0), or behind them. */
type Exclude = (chain: string, rule: Rule) => Operation;

/** The steps of the script of OSM 1.0, whose exclusions stand before all other outbound rules. */
export function osmV1_0(policy: Policy): readonly Transaction[] {
  const chains = chainNames("OSM");
  return nat([
    ...declarations(chains),
    ...inboundStatic(chains, policy),
    ...inboundPorts(chains, policy),
    ...outboundStatic(chains),
    redirectAll(chains),
    ...outboundRanges(chains, policy, insert),
    ...outboundPorts(chains, policy, insert),
  ]);
}

/** The steps of the script of OSM 1.1, 1.2 and FSM, whose exclusions stand behind the rules for self-calls. */
export function osmV1_1(mesh: "OSM" | "FSM"): (policy: Policy) => readonly Transaction[] {
  const chains = chainNames(mesh);
  return (policy) =>
    nat([
      ...declarations(chains),
      ...inboundStatic(chains, policy),
      ...policy.interfaceExclusions.map(({ name, origins }) =>
        insert(chains.inbound, caused("Excluded interface", origins, [inInterface(name)], RETURN)),
      ),
      ...inboundPorts(chains, policy),
      ...outboundStatic(chains),
      ...localDnsProxy(policy),
      ...podIpMode(policy),
      ...policy.interfaceExclusions.map(({ name, origins }) =>
        append(chains.outbound, caused("Excluded interface", origins, [outInterface(name)], RETURN)),
      ),
      ...outboundRanges(chains, policy, append),
      ...outboundPorts(chains, policy, append),
      ...redirectIncluded(chains, policy),
    ]);
}

function chainNames(mesh: "OSM" | "FSM"): ChainNames {
  return {
    inbound: `${mesh}_PROXY_INBOUND`,
    inRedirect: `${mesh}_PROXY_IN_REDIRECT`,
    outbound: `${mesh}_PROXY_OUTBOUND`,
    outRedirect: `${mesh}_PROXY_OUT_REDIRECT`,
  };
}

function nat(operations: readonly Operation[]): readonly Transaction[] {
  return [{ family: "ipv4", table: "nat", operations }];
}

function declarations({ inbound, inRedirect, outbound, outRedirect }: ChainNames): readonly Operation[] {
  return [inbound, inRedirect, outbound, outRedirect].map(newChain);
}

function inboundStatic({ inbound, inRedirect }: ChainNames, { profile }: Policy): readonly Operation[] {
  const open = (port: number, what: string): Operation =>
    append(inbound, builtIn(`${what} are left alone`, [TCP, destinationPort(port)], RETURN));
  return [
    append(
      inRedirect,
      builtIn("Inbound TCP goes to the proxy's inbound listener", [TCP], redirect(PROXY_PORTS.inbound)),
    ),
    append("PREROUTING", builtIn("TCP that arrives from the network", [TCP], jump(inbound))),
    open(PROXY_PORTS.prometheus, "Scrapes of the proxy's metrics"),
    ...profile.probePorts.map(({ port, answers }) => open(port, `Rewritten ${answers} probes`)),
    append(inbound, builtIn("All other inbound TCP is redirected", [TCP], jump(inRedirect))),
  ];
}

function outboundStatic({ inRedirect, outbound, outRedirect }: ChainNames): readonly Operation[] {
  const proxy = ownedBy(PROXY_UID);
  return [
    append(
      outRedirect,
      builtIn("Outbound TCP goes to the proxy's outbound listener", [TCP], redirect(PROXY_PORTS.outbound)),
    ),
    append(
      outRedirect,
      builtIn("The proxy's admin port is left alone", [TCP, destinationPort(PROXY_PORTS.admin)], ACCEPT),
    ),
    append("OUTPUT", builtIn("TCP that a process of the pod sends", [TCP], jump(outbound))),
    append(
      outbound,
      builtIn(
        "What the proxy sends to its own pod goes to the inbound listener, as if it came from outside",
        [outInterface("lo"), not(destination(LOOPBACK_ADDRESS)), proxy],
        jump(inRedirect),
      ),
    ),
    append(
      outbound,
      builtIn("What the app sends to its own pod is left alone", [outInterface("lo"), not(proxy)], RETURN),
    ),
    append(
      outbound,
      builtIn("The proxy's own traffic is left alone, so that it does not loop", [proxy], RETURN),
    ),
    append(outbound, builtIn("Loopback is left alone", [destination(LOOPBACK_ADDRESS)], RETURN)),
  ];
}

/** FSM 1.0 to 1.4: DNS queries to a loopback address go to the sidecar's DNS proxy. */
function localDnsProxy(policy: Policy): readonly Operation[] {
  if (!policy.localDnsProxy) return [];
  const field = "meshConfig.spec.sidecar.localDNSProxy.enable";
  return [
    append(
      "OUTPUT",
      caused(
        "DNS queries go to the sidecar's DNS proxy",
        [{ kind: "mesh-config", field, value: "true" }],
        [UDP, destination(knownRange("127.0.0.153/32"), "127.0.0.153"), destinationPort(53)],
        dnatTo("127.0.0.153", 5300),
      ),
    ),
  ];
}

function podIpMode(policy: Policy): readonly Operation[] {
  if (policy.localProxyMode !== "PodIP") return [];
  const field = "meshConfig.spec.sidecar.localProxyMode";
  return [
    insert(
      "OUTPUT",
      caused(
        "What the proxy sends to loopback goes to the pod's address",
        [{ kind: "mesh-config", field, value: "PodIP" }],
        [TCP, outInterface("lo"), destination(LOOPBACK_ADDRESS), ownedBy(PROXY_UID)],
        dnat({ kind: "environment", variable: "POD_IP" }),
      ),
    ),
  ];
}

function inboundPorts({ inbound }: ChainNames, policy: Policy): readonly Operation[] {
  return portExclusion(inbound, "Excluded inbound ports", policy.inboundPortExclusions, insert);
}

function outboundPorts(chains: ChainNames, policy: Policy, exclude: Exclude): readonly Operation[] {
  return portExclusion(chains.outbound, "Excluded outbound ports", policy.outboundPortExclusions, exclude);
}

function outboundRanges(chains: ChainNames, policy: Policy, exclude: Exclude): readonly Operation[] {
  return policy.outboundRangeExclusions.map(({ cidr, text, origins }) =>
    exclude(chains.outbound, caused("Excluded outbound range", origins, [destination(cidr, text)], RETURN)),
  );
}

function redirectAll({ outbound, outRedirect }: ChainNames): Operation {
  return append(outbound, builtIn("All other outbound TCP is redirected", [], jump(outRedirect)));
}

function redirectIncluded(chains: ChainNames, policy: Policy): readonly Operation[] {
  const { outbound, outRedirect } = chains;
  if (policy.outboundRangeInclusions.length === 0) return [redirectAll(chains)];
  return [
    ...policy.outboundRangeInclusions.map(({ cidr, text, origins }) =>
      append(
        outbound,
        caused("Included outbound range", origins, [destination(cidr, text)], jump(outRedirect)),
      ),
    ),
    append(outbound, builtIn("What no range includes is left alone", [], RETURN)),
  ];
}
