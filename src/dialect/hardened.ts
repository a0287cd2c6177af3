/**
 * The same intent as the mesh versions without their known defects: every family the pod has, a second run that changes
 * nothing, self-calls and loopback apart, and no rule that no packet reaches.
 */

import type { IpFamily } from "../net/address.ts";
import { knownRange, LOOPBACK } from "../net/known-ranges.ts";
import type { PortRange } from "../net/port.ts";
import { compactRanges, splitMultiport } from "../net/port-set.ts";
import type { Origin } from "../origin.ts";
import type { Policy, PortEntry, RangeEntry } from "../policy/policy.ts";
import { PROXY_PORTS, PROXY_UID } from "../policy/profile.ts";
import type { Operation, Transaction } from "../ruleset/operation.ts";
import type { Match, Rule } from "../ruleset/rule.ts";
import {
  append,
  builtIn,
  caused,
  destination,
  destinationPort,
  destinationPorts,
  dnatTo,
  ensure,
  inInterface,
  jump,
  newChain,
  not,
  outInterface,
  ownedBy,
  ownedByGroup,
  RETURN,
  redirect,
  source,
  TCP,
  UDP,
} from "../ruleset/vocabulary.ts";
import { podIpMode } from "./hardened-pod-ip.ts";

/** The steps for each family of the policy. */
export function hardened(policy: Policy): readonly Transaction[] {
  const families: readonly IpFamily[] = policy.ipFamilies === "dual" ? ["ipv4", "ipv6"] : [policy.ipFamilies];
  return families.map((family) => ({ family, table: "nat", operations: operations(policy, family) }));
}

function operations(policy: Policy, family: IpFamily): readonly Operation[] {
  const inChain = (chain: string) => (rule: Rule) => append(chain, rule);
  return [
    ...["PROXY_INBOUND", "PROXY_IN_REDIRECT", "PROXY_OUTPUT", "PROXY_REDIRECT"].map(newChain),
    append(
      "PROXY_REDIRECT",
      builtIn("Outbound TCP goes to the proxy's outbound listener", [TCP], redirect(PROXY_PORTS.outbound)),
    ),
    append(
      "PROXY_IN_REDIRECT",
      builtIn("Inbound TCP goes to the proxy's inbound listener", [TCP], redirect(PROXY_PORTS.inbound)),
    ),
    ...outbound(policy, family).map(inChain("PROXY_OUTPUT")),
    ...inbound(policy, family).map(inChain("PROXY_INBOUND")),
    ensure("PREROUTING", builtIn("TCP that arrives from the network", [TCP], jump("PROXY_INBOUND"))),
    ensure("OUTPUT", builtIn("TCP that a process of the pod sends", [TCP], jump("PROXY_OUTPUT"))),
    ...localDnsProxy(policy, family),
    // At the head of its chain, so that a script that learns the address from its environment can add it last.
    ...podIpMode(policy, family),
  ];
}

function outbound(policy: Policy, family: IpFamily): readonly Rule[] {
  const proxy = ownedBy(PROXY_UID);
  return [
    builtIn(
      "What the proxy sends to its own pod goes to the inbound listener, as if it came from outside",
      [TCP, outInterface("lo"), not(destination(LOOPBACK[family])), proxy],
      jump("PROXY_IN_REDIRECT"),
    ),
    builtIn("All else that stays inside the pod is left alone", [outInterface("lo")], RETURN),
    builtIn("The proxy's own traffic is left alone, so that it does not loop", [proxy], RETURN),
    ...policy.excludedUids.map(({ id, origins }) => caused("Excluded user", origins, [ownedBy(id)], RETURN)),
    ...policy.excludedGids.map(({ id, origins }) =>
      caused("Excluded group", origins, [ownedByGroup(id)], RETURN),
    ),
    ...policy.interfaceExclusions.map(({ name, origins }) =>
      caused("Excluded interface", origins, [outInterface(name)], RETURN),
    ),
    ...rangeRules("Excluded outbound range", policy.outboundRangeExclusions, family, destination, RETURN),
    ...portRules("Excluded outbound ports", policy.outboundPortExclusions, RETURN),
    ...outboundRedirect(policy, family),
  ];
}

function outboundRedirect(policy: Policy, family: IpFamily): readonly Rule[] {
  const included = policy.outboundRangeInclusions;
  const redirected = jump("PROXY_REDIRECT");
  if (included.length === 0) return [builtIn("All other outbound TCP is redirected", [], redirected)];
  return rangeRules("Included outbound range", included, family, destination, redirected);
}

function inbound(policy: Policy, family: IpFamily): readonly Rule[] {
  const open = (port: number, what: string) =>
    builtIn(`${what} are left alone`, [TCP, destinationPort(port)], RETURN);
  const opened = [PROXY_PORTS.prometheus, ...policy.probePorts.map(({ port }) => port)];
  const exclusions = policy.inboundPortExclusions.filter(
    ({ range }) => !(range.first === range.last && opened.includes(range.first)),
  );
  const redirected = jump("PROXY_IN_REDIRECT");
  return [
    ...policy.interfaceExclusions.map(({ name, origins }) =>
      caused("Excluded interface", origins, [inInterface(name)], RETURN),
    ),
    ...rangeRules(
      "Excluded inbound source range",
      policy.inboundSourceRangeExclusions,
      family,
      source,
      RETURN,
    ),
    open(PROXY_PORTS.prometheus, "Scrapes of the proxy's metrics"),
    ...policy.probePorts.map(({ port, answers }) => open(port, `Rewritten ${answers} probes`)),
    ...portRules("Excluded inbound ports", exclusions, RETURN),
    ...(policy.inboundPortInclusions.length === 0
      ? [builtIn("All other inbound TCP is redirected", [], redirected)]
      : portRules("Included inbound ports", policy.inboundPortInclusions, redirected)),
  ];
}

/** A rule for each range of the family, save a range of every address, which makes one rule without a condition. */
function rangeRules(
  reason: string,
  entries: readonly RangeEntry[],
  family: IpFamily,
  match: (range: RangeEntry["cidr"]) => Match,
  target: Rule["target"],
): readonly Rule[] {
  return entries
    .filter(({ cidr }) => cidr.family === family)
    .map(({ cidr, origins }) => caused(reason, origins, cidr.prefix === 0 ? [] : [match(cidr)], target));
}

/** The fewest multiport rules for all ports of a list, each with the inputs of its own ports. */
function portRules(reason: string, entries: readonly PortEntry[], target: Rule["target"]): readonly Rule[] {
  const compact = compactRanges(entries.map(({ range }) => range));
  const origins = originsByRange(entries, compact);
  return splitMultiport(compact).map((ranges) => {
    const inputs = ranges.flatMap((range) => origins.get(range) ?? []);
    return caused(reason, inputs, [TCP, destinationPorts(ranges)], target);
  });
}

/** The inputs of each compact range: those of the entries that lie in it. Compact ranges are sorted and apart. */
function originsByRange(
  entries: readonly PortEntry[],
  compact: readonly PortRange[],
): ReadonlyMap<PortRange, readonly Origin[]> {
  const origins = new Map<PortRange, Origin[]>();
  let at = 0;
  for (const entry of entries.toSorted((a, b) => a.range.first - b.range.first)) {
    let range = compact[at];
    while (range !== undefined && range.last < entry.range.first) range = compact[++at];
    if (range === undefined) throw new Error(`no range holds port ${entry.range.first}`);
    const known = origins.get(range) ?? [];
    for (const origin of entry.origins) known.push(origin);
    origins.set(range, known);
  }
  return origins;
}

/** DNS queries to a loopback address go to the sidecar's DNS proxy, as in FSM 1.0 to 1.4. */
function localDnsProxy(policy: Policy, family: IpFamily): readonly Operation[] {
  if (!policy.localDnsProxy || family === "ipv6") return [];
  const field = "meshConfig.spec.sidecar.localDNSProxy.enable";
  return [
    ensure(
      "OUTPUT",
      caused(
        "DNS queries go to the sidecar's DNS proxy",
        [{ kind: "mesh-config", field, value: "true" }],
        [destination(knownRange("127.0.0.153/32")), UDP, destinationPort(53)],
        dnatTo("127.0.0.153", 5300),
      ),
    ),
  ];
}
