import type { IpFamily } from "../../../src/net/address.ts";
import type { FindingCode } from "../../../src/policy/finding.ts";
import type { Dialect } from "../../../src/policy/inputs.ts";
import type { Listener } from "./bootstrap.ts";
import type { RuleSet } from "./rule-sets.ts";

/** Where the dialects differ in what they do to connections. */
export interface Behaviour {
  readonly families: readonly IpFamily[];
  /** What the app sends to its own pod through a service. */
  readonly ownService: readonly Listener[];
  /** What the app sends to its own pod's address. */
  readonly ownAddress: readonly Listener[];
  /** What the app sends to 127.0.0.2. */
  readonly otherLoopback: readonly Listener[];
  /** Whether what the proxy sends to 127.0.0.2 comes back to it. */
  readonly loopsOnOtherLoopback: boolean;
  /** Whether probes reach what answers those of tcpSocket, though the pod has none. */
  readonly opensTcpProbes: boolean;
  /** Whether the proxy reaches its own admin port in PodIP mode. */
  readonly adminInPodIpMode: boolean;
}

const OSM_V1_2: Behaviour = {
  families: ["ipv4"],
  ownService: ["outbound", "inbound"],
  ownAddress: [],
  otherLoopback: [],
  loopsOnOtherLoopback: true,
  opensTcpProbes: true,
  adminInPodIpMode: false,
};
const HARDENED: Behaviour = {
  ...OSM_V1_2,
  families: ["ipv4", "ipv6"],
  loopsOnOtherLoopback: false,
  opensTcpProbes: false,
  adminInPodIpMode: true,
};
const SEED: Behaviour = {
  ...OSM_V1_2,
  // The proxy's own connection to the app is left alone: no inbound policy sees it.
  ownService: ["outbound"],
  ownAddress: ["outbound"],
  otherLoopback: ["outbound"],
  loopsOnOtherLoopback: false,
  opensTcpProbes: false,
};
const BEHAVIOUR: Readonly<Partial<Record<Dialect, Behaviour>>> = {
  "osm-v0.11": SEED,
  "osm-v1.2": OSM_V1_2,
  hardened: HARDENED,
};

/** The findings about the proxy's connections that the plan must have, because the cases show them true. */
export function findingsShown({ dialect, podIpMode }: RuleSet): readonly FindingCode[] {
  const { ownService, families, adminInPodIpMode } = behaviourOf(dialect);
  const shown: readonly (readonly [FindingCode, boolean])[] = [
    ["SELF_CALL_BYPASSES_PROXY", !ownService.includes("inbound")],
    ["POD_IP_MODE_BREAKS_ADMIN", podIpMode && !adminInPodIpMode],
    ["IPV6_BYPASSES_MESH", !families.includes("ipv6")],
  ];
  return shown.filter(([, isShown]) => isShown).map(([code]) => code);
}

/** How a dialect treats connections. */
export function behaviourOf(dialect: Dialect): Behaviour {
  const behaviour = BEHAVIOUR[dialect];
  if (behaviour === undefined) throw new Error(`no word on how ${dialect} treats connections`);
  return behaviour;
}
