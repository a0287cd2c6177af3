/**
 * The inputs of a plan as the engine reads them: structural types that the generated messages satisfy as they are, and
 * what `JSON.parse` makes of the resources that kubectl prints. Where the two name a field differently, either name is
 * read.
 */

/** A value that may be missing. An absent field, `undefined` and JSON's `null` are the same. */
export type Optional<T> = T | null | undefined;

/** A MeshConfig resource of OSM or FSM. */
export interface MeshConfig {
  readonly kind?: Optional<string>;
  readonly spec?: Optional<MeshConfigSpec>;
}

/** `spec` of a MeshConfig. */
export interface MeshConfigSpec {
  readonly traffic?: Optional<TrafficSpec>;
  readonly sidecar?: Optional<SidecarSpec>;
}

/** `spec.sidecar` of a MeshConfig. */
export interface SidecarSpec {
  readonly enablePrivilegedInitContainer?: Optional<boolean>;
  readonly initContainerImage?: Optional<string>;
  readonly localProxyMode?: Optional<string>;
  readonly localDnsProxy?: Optional<LocalDnsProxy>;
  readonly localDNSProxy?: Optional<LocalDnsProxy>;
}

/** `spec.sidecar.localDNSProxy` of a MeshConfig. */
export interface LocalDnsProxy {
  readonly enable?: Optional<boolean>;
}

/** `spec.traffic` of a MeshConfig. */
export interface TrafficSpec {
  readonly outboundIpRangeExclusionList?: Optional<readonly string[]>;
  readonly outboundIPRangeExclusionList?: Optional<readonly string[]>;
  readonly outboundIpRangeInclusionList?: Optional<readonly string[]>;
  readonly outboundIPRangeInclusionList?: Optional<readonly string[]>;
  readonly outboundPortExclusionList?: Optional<readonly number[]>;
  readonly inboundPortExclusionList?: Optional<readonly number[]>;
  readonly networkInterfaceExclusionList?: Optional<readonly string[]>;
}

/** A core/v1 Pod. */
export interface Pod {
  readonly kind?: Optional<string>;
  readonly metadata?: Optional<{ readonly annotations?: Optional<Readonly<Record<string, string>>> }>;
  readonly spec?: Optional<PodSpec>;
  readonly status?: Optional<PodStatus>;
}

/** `spec` of a Pod. */
export interface PodSpec {
  readonly hostNetwork?: Optional<boolean>;
  readonly nodeSelector?: Optional<Readonly<Record<string, string>>>;
  readonly os?: Optional<{ readonly name?: Optional<string> }>;
  readonly securityContext?: Optional<{ readonly runAsUser?: Optional<number> }>;
  readonly containers?: Optional<readonly Container[]>;
  readonly initContainers?: Optional<readonly Container[]>;
}

/** `status` of a Pod. */
export interface PodStatus {
  readonly podIp?: Optional<string>;
  readonly podIP?: Optional<string>;
  readonly podIps?: Optional<readonly PodIp[]>;
  readonly podIPs?: Optional<readonly PodIp[]>;
}

/** An address of a Pod. */
export interface PodIp {
  readonly ip?: Optional<string>;
}

/** A container of a Pod. */
export interface Container {
  readonly name?: Optional<string>;
  readonly ports?: Optional<readonly ContainerPort[]>;
  readonly securityContext?: Optional<{ readonly runAsUser?: Optional<number> }>;
  readonly livenessProbe?: Optional<Probe>;
  readonly readinessProbe?: Optional<Probe>;
  readonly startupProbe?: Optional<Probe>;
}

/** A port that a container declares. */
export interface ContainerPort {
  readonly name?: Optional<string>;
  readonly containerPort?: Optional<number>;
  readonly protocol?: Optional<string>;
}

/** A probe of a container: what kind it is decides which port of the sidecar answers it. */
export interface Probe {
  /** The port as JSON has it, or in the form that protobuf gives a value of any type. */
  readonly httpGet?: Optional<{ readonly port?: unknown }>;
  readonly tcpSocket?: Optional<object>;
  readonly grpc?: Optional<object>;
}

/** How to plan. */
export interface PlanOptions {
  /** Default `osm-v0.11`. */
  readonly dialect?: Dialect | undefined;
  /** Default: the dialect's native form. */
  readonly scriptFormat?: ScriptFormat | undefined;
  /** Default `strict`. */
  readonly enforcement?: Enforcement | undefined;
  /** Default: IPv4, and for `hardened` what the pod has. */
  readonly ipFamilies?: IpFamilies | undefined;
  /** Default: the mesh config's image, else the dialect's. */
  readonly initContainerImage?: string | undefined;
  /** Default: none. */
  readonly initContainerImagePullPolicy?: string | undefined;
  /** Name of the container that is the mesh's own sidecar, in a pod that has it already. Default: none. */
  readonly sidecarContainerName?: string | undefined;
  /** Ports and port ranges, `8000-8010`. The fields from here on are for `hardened` alone. */
  readonly outboundPortExclusions?: readonly string[] | undefined;
  readonly inboundPortExclusions?: readonly string[] | undefined;
  /** Default: every port is redirected. */
  readonly inboundPortInclusions?: readonly string[] | undefined;
  readonly inboundSourceRangeExclusions?: readonly string[] | undefined;
  readonly excludedUids?: readonly number[] | undefined;
  readonly excludedGids?: readonly number[] | undefined;
  /** Default: chosen by the script. */
  readonly iptablesBackend?: IptablesBackend | undefined;
  /** Default: no comments. */
  readonly ruleComments?: boolean | undefined;
}

/** The dialects, oldest first. */
export const DIALECTS = [
  "osm-v0.8",
  "osm-v0.11",
  "osm-v1.0",
  "osm-v1.1",
  "osm-v1.2",
  "fsm-v1.4",
  "fsm-v1.5",
  "hardened",
] as const;

/** Which mesh version's rules a plan reproduces. */
export type Dialect = (typeof DIALECTS)[number];

/** The dialect of a request that names none: the one of the page the project comes from. */
export const DEFAULT_DIALECT: Dialect = "osm-v0.11";

/** The forms of a script. */
export const SCRIPT_FORMATS = ["commands", "restore", "nftables"] as const;

/** The form of a script. */
export type ScriptFormat = (typeof SCRIPT_FORMATS)[number];

/** What may become of errors: each refuses the pod, or those that leave a safe plan possible are told beside it. */
export const ENFORCEMENTS = ["strict", "report"] as const;

/** What becomes of errors. */
export type Enforcement = (typeof ENFORCEMENTS)[number];

/** The IP families that rules can be for. */
export const IP_FAMILIES = ["ipv4", "ipv6", "dual"] as const;

/** The IP families that rules are for. */
export type IpFamilies = (typeof IP_FAMILIES)[number];

/** The back ends of iptables. */
export const IPTABLES_BACKENDS = ["legacy", "nf_tables"] as const;

/** A back end of iptables. */
export type IptablesBackend = (typeof IPTABLES_BACKENDS)[number];

/** Everything a plan is made from. */
export interface PlanInput {
  readonly meshConfig?: MeshConfig | undefined;
  readonly pod?: Pod | undefined;
  readonly options?: PlanOptions | undefined;
}
