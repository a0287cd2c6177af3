import type { IpAddress } from "../net/address.ts";
import { aggregateEntries } from "./aggregate.ts";
import { checkIncludedFamilies, checkInclusions } from "./check-inclusions.ts";
import { checkMeshConfigKind } from "./check-kind.ts";
import { checkPortCount, checkPortExclusions, checkPortInclusions } from "./check-ports.ts";
import { checkExclusions, checkFamilies, checkRanges } from "./check-ranges.ts";
import { type Finding, finding } from "./finding.ts";
import { DEFAULT_DIALECT, type IpFamilies, type PlanInput } from "./inputs.ts";
import { annotationList, meshList, optionList } from "./lists.ts";
import { mergePorts, mergeRanges } from "./merge.ts";
import { readPodAddresses } from "./pod-addresses.ts";
import type { InterfaceEntry, Policy, PortEntry, RangeEntry } from "./policy.ts";
import { openProbePorts } from "./probes.ts";
import { type Profile, profileOf } from "./profile.ts";
import { MAX_IDS, readIds } from "./read-ids.ts";
import { MAX_INTERFACES, readInterfaces } from "./read-interfaces.ts";
import { readInitContainer, readLocalProxyMode } from "./read-options.ts";
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
 * Reads and merges the inputs. The findings come list by list, the mesh's part of each before the pod's. The policy is
 * only worth rendering when neither they nor those of `checkPod` refuse the request.
 */
export function buildPolicy(input: PlanInput): {
  readonly policy: Policy;
  readonly findings: readonly Finding[];
} {
  const findings: Finding[] = [];
  const profile = profileOf(input.options?.dialect ?? DEFAULT_DIALECT);
  const reading: Reading = { input, profile, findings };

  checkMeshConfigKind(input.meshConfig, findings);
  const podAddresses = readPodAddresses(input.pod, findings);
  const outboundPortExclusions = portExclusions(reading, "outbound");
  const inboundPortExclusions = portExclusions(reading, "inbound");
  const outboundRangeExclusions = rangeList(reading, "Exclusion");
  checkExclusions(outboundRangeExclusions, "outbound", findings);
  const outboundRangeInclusions = rangeList(reading, "Inclusion");
  checkInclusions(outboundRangeInclusions, outboundRangeExclusions, findings);
  const ranges =
    profile.ranges === "aggregated" ? aggregateEntries : (entries: readonly RangeEntry[]) => entries;
  const policy: Policy = {
    profile,
    ipFamilies: ipFamilies(input, profile, podAddresses),
    outboundPortExclusions,
    inboundPortExclusions,
    outboundRangeExclusions: ranges(outboundRangeExclusions),
    outboundRangeInclusions: ranges(outboundRangeInclusions),
    interfaceExclusions: interfaceExclusions(reading),
    ...optionLists(reading, inboundPortExclusions),
    probePorts: openProbePorts(input.pod, profile, input.options),
    podAddresses,
    localProxyMode: localProxyMode(reading),
    localDnsProxy: localDnsProxy(reading),
    ...iptablesBackend(reading),
    ruleComments: ruleComments(reading),
    initContainer: readInitContainer(input.options ?? {}, input.meshConfig, profile, findings),
  };
  checkFamilies(policy, findings);
  checkIncludedFamilies(policy, findings);
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
  const option = optionList(
    `${direction}PortExclusions`,
    input.options?.[`${direction}PortExclusions`],
    findings,
  );
  const meshPorts = readPorts(mesh, profile, findings);
  const podPorts = readPorts(pod, profile, findings);
  const optionPorts = readPorts(option, profile, findings);
  const withOptions = supportsList(profile, "lists in options", [option], findings);
  if (!supportsList(profile, `${direction} port exclusions`, [mesh, pod], findings)) return [];
  const merged = mergePorts(meshPorts, withOptions ? [...podPorts, ...optionPorts] : podPorts);
  checkPortExclusions(merged, direction, profile, findings);
  checkPortCount(merged, (pod.items.length > 0 ? pod : mesh).field, profile, findings);
  return merged;
}

function rangeList(
  { input, profile, findings }: Reading,
  list: "Exclusion" | "Inclusion",
): readonly RangeEntry[] {
  const name = `outboundIPRange${list}List` as const;
  const traffic = input.meshConfig?.spec?.traffic;
  const mesh = meshList(name, traffic?.[name] ?? traffic?.[`outboundIpRange${list}List`], findings);
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

type OptionLists = Pick<
  Policy,
  "inboundPortInclusions" | "inboundSourceRangeExclusions" | "excludedUids" | "excludedGids"
>;

/** What only the request's options give. */
function optionLists(
  { input: { options }, profile, findings }: Reading,
  inboundPortExclusions: readonly PortEntry[],
): OptionLists {
  const ports = optionList("inboundPortInclusions", options?.inboundPortInclusions, findings);
  const ranges = optionList("inboundSourceRangeExclusions", options?.inboundSourceRangeExclusions, findings);
  const uids = optionList("excludedUids", options?.excludedUids, findings, MAX_IDS);
  const gids = optionList("excludedGids", options?.excludedGids, findings, MAX_IDS);
  const inclusions = mergePorts(readPorts(ports, profile, findings), []);
  const sources = readRanges(ranges, profile, findings);
  const excludedUids = readIds(uids, "User", findings);
  const excludedGids = readIds(gids, "Group", findings);
  if (!supportsList(profile, "lists in options", [ports, ranges, uids, gids], findings)) {
    return {
      inboundPortInclusions: [],
      inboundSourceRangeExclusions: [],
      excludedUids: [],
      excludedGids: [],
    };
  }
  checkPortInclusions(inclusions, inboundPortExclusions, findings);
  checkRanges(sources, findings);
  checkExclusions(sources, "inbound", findings);
  return {
    inboundPortInclusions: inclusions,
    inboundSourceRangeExclusions: aggregateEntries(sources),
    excludedUids,
    excludedGids,
  };
}

function interfaceExclusions({ input, profile, findings }: Reading): readonly InterfaceEntry[] {
  const list = meshList(
    "networkInterfaceExclusionList",
    input.meshConfig?.spec?.traffic?.networkInterfaceExclusionList,
    findings,
    MAX_INTERFACES,
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
  const sidecar = input.meshConfig?.spec?.sidecar;
  const enabled = (sidecar?.localDNSProxy ?? sidecar?.localDnsProxy)?.enable === true;
  const setting = { field: "meshConfig.spec.sidecar.localDNSProxy.enable", value: "true" };
  return enabled && supportsSetting(profile, "local DNS proxy", setting, findings);
}

function iptablesBackend({ input, profile, findings }: Reading): Pick<Policy, "iptablesBackend"> {
  const { iptablesBackend: backend, scriptFormat } = input.options ?? {};
  if (!backend) return {};
  const setting = { field: "options.iptablesBackend", value: backend };
  if (profile.knobs.has("choice of back end") && scriptFormat === "nftables") {
    const message = "A back end of iptables is chosen, and a script in the form nftables has no iptables";
    const remedy = "Take it out, or plan in the form restore.";
    findings.push(finding("INPUT_WITHOUT_EFFECT", { ...setting, message, remedy }));
  }
  return supportsSetting(profile, "choice of back end", setting, findings)
    ? { iptablesBackend: backend }
    : {};
}

function ruleComments({ input, profile, findings }: Reading): boolean {
  const wanted = input.options?.ruleComments === true;
  const setting = { field: "options.ruleComments", value: "true" };
  return wanted && supportsSetting(profile, "rule comments", setting, findings);
}

/** What is asked for; else what the dialect programs: the families that the pod has, or both when it has no address. */
function ipFamilies({ options }: PlanInput, profile: Profile, addresses: readonly IpAddress[]): IpFamilies {
  if (options?.ipFamilies) return options.ipFamilies;
  if (profile.families === "ipv4") return "ipv4";
  const [first, second] = addresses;
  return first === undefined || second !== undefined ? "dual" : first.family;
}
