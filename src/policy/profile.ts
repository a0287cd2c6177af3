import { MULTIPORT_SLOTS } from "../net/port-set.ts";
import type { Dialect } from "./inputs.ts";

/** A setting that some mesh versions have a rule for and others do not. */
export type Knob =
  | "outbound port exclusions"
  | "inbound port exclusions"
  | "outbound range inclusions"
  | "outbound range annotations"
  | "interface exclusions"
  | "PodIP mode"
  | "local DNS proxy"
  | "port ranges"
  | "lists in options"
  | "choice of back end"
  | "rule comments";

/** What a dialect reads of its inputs. Source: the public history of OSM and FSM. */
export interface Profile {
  readonly dialect: Dialect;
  /** The mesh version, as its users name it. */
  readonly meshVersion: string;
  /** What the keys of pod annotations begin with. */
  readonly annotationPrefix: "openservicemesh.io/" | "flomesh.io/";
  readonly knobs: ReadonlySet<Knob>;
  /** `ipv4`: programs IPv4 alone. `dual`: programs what the pod has. */
  readonly families: "ipv4" | "dual";
  /** Whether ranges are printed as given, or canonical and aggregated. */
  readonly ranges: "as-given" | "aggregated";
  /** Most merged ports in a list, where the dialect renders them as one multiport rule with a slot for each. */
  readonly portLimit: number;
  /** The sidecar's listeners for rewritten probes that the rules leave open. */
  readonly probePorts: readonly ProbePort[];
  /** Every port that the sidecar listens on and no application container may use. */
  readonly reservedPorts: readonly number[];
  /** Whether the rules leave open only those of `probePorts` that the pod's probes use. */
  readonly opensUsedProbePortsOnly: boolean;
  /** The init container's image when neither the request nor the mesh config names one. */
  readonly defaultImage: string;
}

/** A listener of the sidecar for rewritten probes. */
export interface ProbePort {
  readonly port: number;
  /** Which probes of the pod it answers. */
  readonly answers: "liveness" | "readiness" | "startup" | "tcpSocket";
}

/** The init containers of the meshes, which a pod that was injected before has. */
export const MESH_INIT_CONTAINERS: readonly string[] = ["osm-init", "fsm-init"];

/** UID that the proxy runs as; the rules know its traffic by it. */
export const PROXY_UID = 1500;

/** The sidecar's own listeners. */
export const PROXY_PORTS = { admin: 15000, outbound: 15001, inbound: 15003, prometheus: 15010 } as const;

const HTTP_PROBE_PORTS: readonly ProbePort[] = [
  { port: 15901, answers: "liveness" },
  { port: 15902, answers: "readiness" },
  { port: 15903, answers: "startup" },
];
/** Where the sidecar answers rewritten TCP probes, whatever their kind. */
export const TCP_PROBE_PORT = 15904;

const PROBE_PORTS: readonly ProbePort[] = [
  ...HTTP_PROBE_PORTS,
  { port: TCP_PROBE_PORT, answers: "tcpSocket" },
];

const OSM_V0_11_KNOBS: readonly Knob[] = ["outbound port exclusions", "inbound port exclusions"];
const OSM_V1_1_KNOBS: readonly Knob[] = [
  ...OSM_V0_11_KNOBS,
  "outbound range inclusions",
  "outbound range annotations",
];
const OSM_V1_2_KNOBS: readonly Knob[] = [...OSM_V1_1_KNOBS, "interface exclusions", "PodIP mode"];

function osm(
  dialect: Dialect,
  meshVersion: string,
  image: string,
  knobs: readonly Knob[],
  probePorts: readonly ProbePort[],
): Profile {
  return {
    dialect,
    meshVersion,
    annotationPrefix: "openservicemesh.io/",
    knobs: new Set(knobs),
    families: "ipv4",
    ranges: "as-given",
    portLimit: MULTIPORT_SLOTS,
    probePorts,
    reservedPorts: [...Object.values(PROXY_PORTS), ...probePorts.map(({ port }) => port)],
    opensUsedProbePortsOnly: false,
    defaultImage: image,
  };
}

function fsm(dialect: Dialect, meshVersion: string, image: string, knobs: readonly Knob[]): Profile {
  return { ...osm(dialect, meshVersion, image, knobs, PROBE_PORTS), annotationPrefix: "flomesh.io/" };
}

const HARDENED_KNOBS: readonly Knob[] = [
  ...OSM_V1_2_KNOBS,
  "local DNS proxy",
  "port ranges",
  "lists in options",
  "choice of back end",
  "rule comments",
];

const PROFILES: Readonly<Record<Dialect, Profile>> = {
  "osm-v0.8": osm("osm-v0.8", "OSM 0.8", "openservicemesh/init:v0.8.4", [], HTTP_PROBE_PORTS),
  "osm-v0.11": osm(
    "osm-v0.11",
    "OSM 0.11",
    "openservicemesh/init:v0.11.1",
    OSM_V0_11_KNOBS,
    HTTP_PROBE_PORTS,
  ),
  "osm-v1.0": osm("osm-v1.0", "OSM 1.0", "openservicemesh/init:v1.0.0", OSM_V0_11_KNOBS, HTTP_PROBE_PORTS),
  "osm-v1.1": osm("osm-v1.1", "OSM 1.1", "openservicemesh/init:v1.1.0", OSM_V1_1_KNOBS, PROBE_PORTS),
  "osm-v1.2": osm("osm-v1.2", "OSM 1.2", "openservicemesh/init:v1.2.4", OSM_V1_2_KNOBS, PROBE_PORTS),
  "fsm-v1.4": fsm("fsm-v1.4", "FSM 1.4", "flomesh/fsm-sidecar-init:1.4.16", [
    ...OSM_V1_2_KNOBS,
    "local DNS proxy",
  ]),
  "fsm-v1.5": fsm("fsm-v1.5", "FSM 1.5", "flomesh/fsm-sidecar-init:1.5.0", OSM_V1_2_KNOBS),
  hardened: {
    ...osm("hardened", "the hardened dialect", "openservicemesh/init:v1.2.4", HARDENED_KNOBS, PROBE_PORTS),
    families: "dual",
    ranges: "aggregated",
    opensUsedProbePortsOnly: true,
    portLimit: Number.POSITIVE_INFINITY,
  },
};

/** What a dialect reads. */
export function profileOf(dialect: Dialect): Profile {
  return PROFILES[dialect];
}

const ANNOTATION_KEYS: Readonly<Record<Profile["annotationPrefix"], readonly string[]>> = {
  "openservicemesh.io/": keysUnder("openservicemesh.io/"),
  "flomesh.io/": keysUnder("flomesh.io/"),
};

/** The keys of the pod annotations that a dialect knows. */
export function annotationKeys({ annotationPrefix }: Profile): readonly string[] {
  return ANNOTATION_KEYS[annotationPrefix];
}

function keysUnder(prefix: string): readonly string[] {
  return [
    `${prefix}outbound-port-exclusion-list`,
    `${prefix}inbound-port-exclusion-list`,
    `${prefix}outbound-ip-range-exclusion-list`,
    `${prefix}outbound-ip-range-inclusion-list`,
  ];
}
