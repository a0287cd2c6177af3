import type { IpFamily } from "../../../src/net/address.ts";
import { PROXY_PORTS } from "../../../src/policy/profile.ts";
import { type Behaviour, behaviourOf } from "./behaviour.ts";
import { CONNECTION_LIMIT, type Listener } from "./bootstrap.ts";
import * as places from "./places.ts";
import type { Call } from "./pod-lab.ts";
import type { RuleSet } from "./rule-sets.ts";

/** A call, and what is to come of it. */
export interface Case {
  readonly name: string;
  readonly call: Call;
  readonly expected: Expected;
}

/** What is to come of a call. */
export interface Expected {
  /** Status of the answer; undefined when the connection is closed without one. */
  readonly status: number | undefined;
  /** The listeners of the proxy that take a connection for it, in order. */
  readonly hops: readonly Listener[];
}

const LOOPBACK: places.Addresses = { ipv4: "127.0.0.1", ipv6: "::1" };

/** What redirection is for: a call out of the pod and one into it. */
export const OUT_AND_IN: readonly Call[] = [
  { by: "app", protocol: "tcp", address: places.PEER.ipv4, port: places.PEER_PORTS.served },
  { by: "peer", protocol: "tcp", address: places.POD.ipv4, port: places.APP_PORTS.served },
];

/** Every kind of call under the rules of a plan. */
export function casesOf(ruleSet: RuleSet): readonly Case[] {
  const behaviour = behaviourOf(ruleSet.dialect);
  return [
    ...(["ipv4", "ipv6"] as const).flatMap((family) => [
      ...callsIn(family, behaviour, ruleSet.podIpMode),
      ...callsToProxy(family, behaviour, ruleSet.podIpMode),
    ]),
    ...loopbackCalls(behaviour, ruleSet.podIpMode),
  ];
}

/** Calls that are the same in both families, but for a family that the dialect has no rules for: all of it bypasses. */
function callsIn(family: IpFamily, behaviour: Behaviour, podIpMode: boolean): readonly Case[] {
  const { served, excluded, closed, podAddressOnly } = places.APP_PORTS;
  const { PEER_PORTS: peer, PEER, POD, EXCLUDED_PEER, NEXT_TO_EXCLUDED, OWN_SERVICE } = places;
  const redirected = behaviour.families.includes(family);
  const by = (...hops: readonly Listener[]): Expected => answered(...(redirected ? hops : []));
  const policy = (letsIn: boolean): Expected => (redirected && !letsIn ? refused("inbound") : by("inbound"));
  const app = (what: string, address: places.Addresses, port: number, expected: Expected): Case =>
    named(`${family}: the app calls ${what}`, { by: "app", address: address[family], port }, expected);
  const other = (what: string, port: number, expected: Expected): Case =>
    named(`${family}: another pod calls ${what}`, { by: "peer", address: POD[family], port }, expected);
  return [
    app("another pod", PEER, peer.served, by("outbound")),
    app("an excluded port", PEER, peer.excluded, answered()),
    app("the port next to it", PEER, peer.nextToExcluded, by("outbound")),
    app("an excluded range", EXCLUDED_PEER, peer.served, answered()),
    app("the address next to it", NEXT_TO_EXCLUDED, peer.served, by("outbound")),
    app("its own address", POD, served, by(...behaviour.ownAddress)),
    app("its own loopback", LOOPBACK, served, answered()),
    // Without redirection nobody has the address of a service.
    ...(redirected
      ? [app("itself by a service", OWN_SERVICE, places.OWN_SERVICE_PORT, by(...behaviour.ownService))]
      : []),
    other("the app", served, by("inbound")),
    other("an excluded port", excluded, answered()),
    other("a port without a policy", closed, policy(false)),
    other("an app that listens on the pod's address alone", podAddressOnly, policy(podIpMode)),
    udp(app("another pod", PEER, peer.served, answered())),
    udp(other("the app", served, answered())),
  ];
}

function loopbackCalls(behaviour: Behaviour, podIpMode: boolean): readonly Case[] {
  const port = places.APP_PORTS.otherLoopback;
  const proxied = behaviour.loopsOnOtherLoopback
    ? // The loop ends when the proxy may not connect any more.
      refused(...Array.from({ length: CONNECTION_LIMIT + 1 }, () => "inbound" as const))
    : answered("inbound");
  const app = { by: "app", address: "127.0.0.2", port } as const;
  const peer = { by: "peer", address: places.POD.ipv4, port } as const;
  return [
    named("the app calls another address of its loopback", app, answered(...behaviour.otherLoopback)),
    // In PodIP mode the app has no business there.
    ...(podIpMode
      ? []
      : [named("the proxy calls the app on another address of its loopback", peer, proxied)]),
  ];
}

function callsToProxy(family: IpFamily, behaviour: Behaviour, podIpMode: boolean): readonly Case[] {
  const redirected = behaviour.families.includes(family);
  const fromNode = (what: string, port: number, path: string, expected: Expected): Case =>
    named(`${family}: ${what}`, { by: "peer", address: places.POD[family], port, path }, expected);
  const inside = { by: "app", address: "127.0.0.1", port: PROXY_PORTS.admin, path: "/ready" } as const;
  return [
    ...(["liveness", "readiness", "startup"] as const).map((probe, index) =>
      fromNode(`a ${probe} probe`, places.FIRST_PROBE_PORT + index, `/osm-${probe}-probe`, answered(probe)),
    ),
    fromNode(
      "a tcpSocket probe",
      places.APP_PORTS.tcpProbes,
      "/",
      redirected && !behaviour.opensTcpProbes ? refused("inbound") : answered(),
    ),
    fromNode("a scrape of the proxy's metrics", PROXY_PORTS.prometheus, "/stats/prometheus", {
      status: podIpMode && !behaviour.adminInPodIpMode ? 503 : 200,
      hops: ["metrics"],
    }),
    fromNode(
      "the admin port from outside",
      PROXY_PORTS.admin,
      "/",
      refused(...(redirected ? ["inbound" as const] : [])),
    ),
    ...(family === "ipv4" ? [named("the admin port from inside the pod", inside, answered())] : []),
  ];
}

function answered(...hops: readonly Listener[]): Expected {
  return { status: 200, hops };
}

function refused(...hops: readonly Listener[]): Expected {
  return { status: undefined, hops };
}

function udp({ name, call, expected }: Case): Case {
  return { name: `${name} (UDP)`, call: { ...call, protocol: "udp" }, expected };
}

function named(what: string, call: Omit<Call, "protocol">, expected: Expected): Case {
  const { status, hops } = expected;
  const [first = "nothing between", ...more] = new Set(hops);
  const way = hops.length > 3 ? `${first}, again and again` : [first, ...more].join(", ");
  const end = status === undefined ? ", and no answer" : status === 200 ? "" : `, and ${status}`;
  return { name: `${what}: ${way}${end}`, call: { ...call, protocol: "tcp" }, expected };
}
