import type { MessageInitShape } from "@bufbuild/protobuf";
import { Dialect, IpFamilies, LocalProxyMode, type PolicySchema } from "../gen/redirect/v1/plan_pb.ts";
import type * as inputs from "../policy/inputs.ts";
import type { IdEntry, InterfaceEntry, Policy, PortEntry, RangeEntry } from "../policy/policy.ts";
import { PROXY_PORTS, PROXY_UID } from "../policy/profile.ts";
import { originMessage } from "./origin-messages.ts";

const DIALECTS: Readonly<Record<inputs.Dialect, Dialect>> = {
  "osm-v0.8": Dialect.OSM_V0_8,
  "osm-v0.11": Dialect.OSM_V0_11,
  "osm-v1.0": Dialect.OSM_V1_0,
  "osm-v1.1": Dialect.OSM_V1_1,
  "osm-v1.2": Dialect.OSM_V1_2,
  "fsm-v1.4": Dialect.FSM_V1_4,
  "fsm-v1.5": Dialect.FSM_V1_5,
  hardened: Dialect.HARDENED,
};

const FAMILIES: Readonly<Record<inputs.IpFamilies, IpFamilies>> = {
  ipv4: IpFamilies.IPV4,
  ipv6: IpFamilies.IPV6,
  dual: IpFamilies.DUAL,
};

const LOCAL_PROXY_MODES: Readonly<Record<Policy["localProxyMode"], LocalProxyMode>> = {
  Localhost: LocalProxyMode.LOCALHOST,
  PodIP: LocalProxyMode.POD_IP,
};

/** A dialect in the contract's words. */
export function dialectMessage(dialect: inputs.Dialect): Dialect {
  return DIALECTS[dialect];
}

/** The merged settings in the contract's words. */
export function policyMessage(policy: Policy): MessageInitShape<typeof PolicySchema> {
  return {
    proxyUid: PROXY_UID,
    proxyPorts: { ...PROXY_PORTS, probes: policy.profile.probePorts.map(({ port }) => port) },
    localProxyMode: LOCAL_PROXY_MODES[policy.localProxyMode],
    ipFamilies: FAMILIES[policy.ipFamilies],
    outboundPortExclusions: policy.outboundPortExclusions.map(portMessage),
    inboundPortExclusions: policy.inboundPortExclusions.map(portMessage),
    outboundRangeExclusions: policy.outboundRangeExclusions.map(rangeMessage),
    outboundRangeInclusions: policy.outboundRangeInclusions.map(rangeMessage),
    interfaceExclusions: policy.interfaceExclusions.map(interfaceMessage),
    inboundPortInclusions: policy.inboundPortInclusions.map(portMessage),
    inboundSourceRangeExclusions: policy.inboundSourceRangeExclusions.map(rangeMessage),
    excludedUids: policy.excludedUids.map(idMessage),
    excludedGids: policy.excludedGids.map(idMessage),
  };
}

function portMessage({ range, origins }: PortEntry) {
  return { range, origins: origins.map(originMessage) };
}

function rangeMessage({ text, origins }: RangeEntry) {
  return { cidr: text, origins: origins.map(originMessage) };
}

function interfaceMessage({ name, origins }: InterfaceEntry) {
  return { name, origins: origins.map(originMessage) };
}

function idMessage({ id, origins }: IdEntry) {
  return { id, origins: origins.map(originMessage) };
}
