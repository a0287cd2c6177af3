/**
 * The inputs of a plan as the engine reads them: structural types that the generated messages satisfy as they are, so
 * that the engine depends on no wire format. Every field may be absent.
 */

/** A MeshConfig resource of OSM or FSM. */
export interface MeshConfig {
  readonly spec?: {
    readonly traffic?: TrafficSpec;
    readonly sidecar?: {
      readonly enablePrivilegedInitContainer?: boolean;
      readonly initContainerImage?: string;
      readonly localProxyMode?: string;
      readonly localDnsProxy?: { readonly enable?: boolean };
    };
  };
}

/** `spec.traffic` of a MeshConfig. */
export interface TrafficSpec {
  readonly outboundIpRangeExclusionList?: readonly string[];
  readonly outboundIpRangeInclusionList?: readonly string[];
  readonly outboundPortExclusionList?: readonly number[];
  readonly inboundPortExclusionList?: readonly number[];
  readonly networkInterfaceExclusionList?: readonly string[];
}

/** A core/v1 Pod. */
export interface Pod {
  readonly metadata?: { readonly annotations?: Readonly<Record<string, string>> };
  readonly spec?: {
    readonly hostNetwork?: boolean;
    readonly nodeSelector?: Readonly<Record<string, string>>;
    readonly os?: { readonly name?: string };
    readonly securityContext?: { readonly runAsUser?: number };
    readonly containers?: readonly Container[];
    readonly initContainers?: readonly Container[];
  };
  readonly status?: { readonly podIp?: string; readonly podIps?: readonly { readonly ip?: string }[] };
}

/** A container of a Pod. */
export interface Container {
  readonly name?: string;
  readonly ports?: readonly {
    readonly name?: string;
    readonly containerPort?: number;
    readonly protocol?: string;
  }[];
  readonly securityContext?: { readonly runAsUser?: number };
  readonly livenessProbe?: Probe;
  readonly readinessProbe?: Probe;
  readonly startupProbe?: Probe;
}

/** A probe of a container: what kind it is decides which port of the sidecar answers it. */
export interface Probe {
  readonly httpGet?: object;
  readonly tcpSocket?: object;
  readonly grpc?: object;
}

/** How to plan. */
export interface PlanOptions {
  /** Default `osm-v0.11`. */
  readonly dialect?: Dialect;
  /** Default: the dialect's native form. */
  readonly scriptFormat?: ScriptFormat;
  /** Default `strict`. */
  readonly enforcement?: "strict" | "report";
  /** Default: IPv4, and for `hardened` what the pod has. */
  readonly ipFamilies?: IpFamilies;
  /** Default: the mesh config's image, else the dialect's. */
  readonly initContainerImage?: string;
  /** Default: none. */
  readonly initContainerImagePullPolicy?: string;
  /** Name of the container that is the mesh's own sidecar, in a pod that has it already. Default: none. */
  readonly sidecarContainerName?: string;
  /** Ports and port ranges, `8000-8010`. The fields from here on are for `hardened` alone. */
  readonly outboundPortExclusions?: readonly string[];
  readonly inboundPortExclusions?: readonly string[];
  /** Default: every port is redirected. */
  readonly inboundPortInclusions?: readonly string[];
  readonly inboundSourceRangeExclusions?: readonly string[];
  readonly excludedUids?: readonly number[];
  readonly excludedGids?: readonly number[];
  /** Default: chosen by the script. */
  readonly iptablesBackend?: IptablesBackend;
  /** Default: no comments. */
  readonly ruleComments?: boolean;
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
  readonly meshConfig?: MeshConfig;
  readonly pod?: Pod;
  readonly options?: PlanOptions;
}
