/**
 * The inputs of a plan as the engine reads them: structural types that the generated messages satisfy as they are, so
 * that the engine depends on no wire format. Every field may be absent, or `undefined`, which is the same.
 */

/** A MeshConfig resource of OSM or FSM. */
export interface MeshConfig {
  readonly spec?: MeshConfigSpec | undefined;
}

/** `spec` of a MeshConfig. */
export interface MeshConfigSpec {
  readonly traffic?: TrafficSpec | undefined;
  readonly sidecar?: SidecarSpec | undefined;
}

/** `spec.sidecar` of a MeshConfig. */
export interface SidecarSpec {
  readonly enablePrivilegedInitContainer?: boolean | undefined;
  readonly initContainerImage?: string | undefined;
  readonly localProxyMode?: string | undefined;
  readonly localDnsProxy?: { readonly enable?: boolean | undefined } | undefined;
}

/** `spec.traffic` of a MeshConfig. */
export interface TrafficSpec {
  readonly outboundIpRangeExclusionList?: readonly string[] | undefined;
  readonly outboundIpRangeInclusionList?: readonly string[] | undefined;
  readonly outboundPortExclusionList?: readonly number[] | undefined;
  readonly inboundPortExclusionList?: readonly number[] | undefined;
  readonly networkInterfaceExclusionList?: readonly string[] | undefined;
}

/** A core/v1 Pod. */
export interface Pod {
  readonly metadata?: { readonly annotations?: Readonly<Record<string, string>> | undefined } | undefined;
  readonly spec?: PodSpec | undefined;
  readonly status?: PodStatus | undefined;
}

/** `spec` of a Pod. */
export interface PodSpec {
  readonly hostNetwork?: boolean | undefined;
  readonly nodeSelector?: Readonly<Record<string, string>> | undefined;
  readonly os?: { readonly name?: string | undefined } | undefined;
  readonly securityContext?: { readonly runAsUser?: number | undefined } | undefined;
  readonly containers?: readonly Container[] | undefined;
  readonly initContainers?: readonly Container[] | undefined;
}

/** `status` of a Pod. */
export interface PodStatus {
  readonly podIp?: string | undefined;
  readonly podIps?: readonly { readonly ip?: string | undefined }[] | undefined;
}

/** A container of a Pod. */
export interface Container {
  readonly name?: string | undefined;
  readonly ports?: readonly ContainerPort[] | undefined;
  readonly securityContext?: { readonly runAsUser?: number | undefined } | undefined;
  readonly livenessProbe?: Probe | undefined;
  readonly readinessProbe?: Probe | undefined;
  readonly startupProbe?: Probe | undefined;
}

/** A port that a container declares. */
export interface ContainerPort {
  readonly name?: string | undefined;
  readonly containerPort?: number | undefined;
  readonly protocol?: string | undefined;
}

/** A probe of a container: what kind it is decides which port of the sidecar answers it. */
export interface Probe {
  /** The port as JSON has it, or in the form that protobuf gives a value of any type. */
  readonly httpGet?: { readonly port?: unknown } | undefined;
  readonly tcpSocket?: object | undefined;
  readonly grpc?: object | undefined;
}

/** How to plan. */
export interface PlanOptions {
  /** Default `osm-v0.11`. */
  readonly dialect?: Dialect | undefined;
  /** Default: the dialect's native form. */
  readonly scriptFormat?: ScriptFormat | undefined;
  /** Default `strict`. */
  readonly enforcement?: "strict" | "report" | undefined;
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

/** The IP families that rules are for. */
export type IpFamilies = "ipv4" | "ipv6" | "dual";

/** A back end of iptables. */
export type IptablesBackend = "legacy" | "nf_tables";

/** Everything a plan is made from. */
export interface PlanInput {
  readonly meshConfig?: MeshConfig | undefined;
  readonly pod?: Pod | undefined;
  readonly options?: PlanOptions | undefined;
}
