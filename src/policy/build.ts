import { aggregateEntries } from "./aggregate.ts";
import { checkInclusions } from "./check-inclusions.ts";
import { checkExclusions, checkPortCount, checkPorts, checkRanges } from "./check-lists.ts";
import { checkPod, podAddresses } from "./check-pod.ts";
import type { Finding } from "./finding.ts";
import type { IpFamilies, PlanInput } from "./inputs.ts";
import { annotationList, meshList } from "./lists.ts";
import { mergePorts, mergeRanges } from "./merge.ts";
import type { InterfaceEntry, Policy, PortEntry, RangeEntry } from "./policy.ts";
import { type Profile, profileOf } from "./profile.ts";
import { readInterfaces } from "./read-interfaces.ts";
import { checkAnnotationKeys, readInitContainer, readLocalProxyMode } from "./read-options.ts";
import { readPorts } from "./read-ports.ts";
import { readRanges } from "./read-ranges.ts";
import { supportsList, supportsSetting } from "./support.ts";

/** The inputs, the dialect's way of reading them, and where findings go. */
interface Reading {
  readonly input: PlanInput;
  readonly profile: Profile;
  readonly findings: Finding[];
}

/**
 * Reads and merges the inputs. The findings come list by list, the mesh's part of each before the pod's, then what
 * concerns the pod itself. The policy is only worth rendering when they do not refuse the request.
 */
export function buildPolicy(input: PlanInput): {
  readonly policy: Policy;
  readonly findings: readonly Finding[];
} {
  const findings: Finding[] = [];
  const profile = profileOf(input.options?.dialect ?? "osm-v0.11");
  const reading: Reading = { input, profile, findings };

  const outboundPortExclusions = portExclusions(reading, "outbound");
  const inboundPortExclusions = portExclusions(reading, "inbound");
  const outboundRangeExclusions = rangeList(reading, "Exclusion");
  checkExclusions(outboundRangeExclusions, findings);
  const outboundRangeInclusions = rangeList(reading, "Inclusion");
  checkInclusions(outboundRangeInclusions, outboundRangeExclusions, findings);
  const ranges =
    profile.ranges === "aggregated" ? aggregateEntries : (entries: readonly RangeEntry[]) => entries;
  const policy: Policy = {
    profile,
    ipFamilies: ipFamilies(input, profile),
    outboundPortExclusions,
    inboundPortExclusions,
    outboundRangeExclusions: ranges(outboundRangeExclusions),
    outboundRangeInclusions: ranges(outboundRangeInclusions),
    interfaceExclusions: interfaceExclusions(reading),
    localProxyMode: localProxyMode(reading),
    localDnsProxy: localDnsProxy(reading),
    initContainer: readInitContainer(input.options ?? {}, input.meshConfig, profile, findings),
  };
  checkAnnotationKeys(input.pod, annotationKeys(profile), findings);
  checkPod(input.pod, profile, input.options?.sidecarContainerName, findings);
  return { policy, findings };
}

function portExclusions(
  { input, profile, findings }: Reading,
  direction: "outbound" | "inbound",
): readonly PortEntry[] {
  const name = `${direction}PortExclusionList` as const;
  const mesh = meshList(name, input.meshConfig?.spec?.traffic?.[name], findings);
  const key = `${profile.annotationPrefix}${direction}-port-exclusion-list`;
  const pod = annotationList(key, "port value", input.pod?.metadata?.annotations, findings);
  const merged = mergePorts(readPorts(mesh, findings), readPorts(pod, findings));
  if (!supportsList(profile, `${direction} port exclusions`, [mesh, pod], findings)) return [];
  checkPorts(merged, profile, findings);
  checkPortCount(merged, (pod.items.length > 0 ? pod : mesh).field, profile, findings);
  return merged;
}

function rangeList(
  { input, profile, findings }: Reading,
  list: "Exclusion" | "Inclusion",
): readonly RangeEntry[] {
  const mesh = meshList(
    `outboundIPRange${list}List`,
    input.meshConfig?.spec?.traffic?.[`outboundIpRange${list}List`],
    findings,
  );
  const key = `${profile.annotationPrefix}outbound-ip-range-${list === "Exclusion" ? "exclusion" : "inclusion"}-list`;
  const pod = annotationList(key, "IP range", input.pod?.metadata?.annotations, findings);
  const meshRanges = readRanges(mesh, profile, findings);
  const podRanges = readRanges(pod, profile, findings);

  if (list === "Inclusion" && !supportsList(profile, "outbound range inclusions", [mesh, pod], findings))
    return [];
  const podPart = supportsList(profile, "outbound range annotations", [pod], findings) ? podRanges : [];
  checkRanges([...meshRanges, ...podPart], findings);
  return mergeRanges(meshRanges, podPart);
}

function interfaceExclusions({ input, profile, findings }: Reading): readonly InterfaceEntry[] {
  const list = meshList(
    "networkInterfaceExclusionList",
    input.meshConfig?.spec?.traffic?.networkInterfaceExclusionList,
    findings,
  );
  const entries = readInterfaces(list, findings);
  return supportsList(profile, "interface exclusions", [list], findings) ? entries : [];
}

function localProxyMode({ input, profile, findings }: Reading): Policy["localProxyMode"] {
  const mode = readLocalProxyMode(input.meshConfig, findings);
  const setting = { field: "meshConfig.spec.sidecar.localProxyMode", value: mode };
  return mode === "PodIP" && supportsSetting(profile, "PodIP mode", setting, findings) ? mode : "Localhost";
}

function localDnsProxy({ input, profile, findings }: Reading): boolean {
  const enabled = input.meshConfig?.spec?.sidecar?.localDnsProxy?.enable === true;
  const setting = { field: "meshConfig.spec.sidecar.localDNSProxy.enable", value: "true" };
  return enabled && supportsSetting(profile, "local DNS proxy", setting, findings);
}

function annotationKeys({ annotationPrefix }: Profile): readonly string[] {
  return [
    `${annotationPrefix}outbound-port-exclusion-list`,
    `${annotationPrefix}inbound-port-exclusion-list`,
    `${annotationPrefix}outbound-ip-range-exclusion-list`,
    `${annotationPrefix}outbound-ip-range-inclusion-list`,
  ];
}

/** What is asked for; else what the dialect programs: of the families that the pod has, or both when it has no address. */
function ipFamilies(input: PlanInput, profile: Profile): IpFamilies {
  if (input.options?.ipFamilies !== undefined) return input.options.ipFamilies;
  if (profile.families === "ipv4") return "ipv4";
  const addresses = podAddresses(input.pod);
  const hasIpv6 = addresses.some((address) => address.includes(":"));
  const hasIpv4 = addresses.some((address) => !address.includes(":"));
  if (hasIpv4 === hasIpv6) return "dual";
  return hasIpv4 ? "ipv4" : "ipv6";
}
