/** The configuration of Envoy as a sidecar: the listeners that a mesh gives it, and its policies for the lab's pod. */
import type { IpFamily } from "../../../src/net/address.ts";
import { PROXY_PORTS } from "../../../src/policy/profile.ts";
import { logTo } from "./access-log.ts";
import { APP_PORTS, FIRST_PROBE_PORT, OWN_SERVICE, OWN_SERVICE_PORT, POD } from "./places.ts";

/** A message of Envoy's API as JSON. */
type Json = Readonly<Record<string, unknown>>;

/** What Envoy listens for. */
export const LISTENERS = ["outbound", "inbound", "metrics", "liveness", "readiness", "startup"] as const;

/** What a listener is for; the name of a hop in a path. */
export type Listener = (typeof LISTENERS)[number];

const FAMILIES: readonly IpFamily[] = ["ipv4", "ipv6"];
const ANY: Readonly<Record<IpFamily, string>> = { ipv4: "0.0.0.0", ipv6: "::" };
const LOOPBACK: Readonly<Record<IpFamily, string>> = { ipv4: "127.0.0.1", ipv6: "::1" };

/** Where the mesh's inbound policies send what comes in, by the port that it came to. */
const INBOUND: readonly { readonly port: number; readonly host: Readonly<Record<IpFamily, string>> }[] = [
  { port: APP_PORTS.served, host: LOOPBACK },
  { port: APP_PORTS.otherLoopback, host: { ...LOOPBACK, ipv4: "127.0.0.2" } },
  { port: APP_PORTS.podAddressOnly, host: LOOPBACK },
];

/** Probes go to the app's port on loopback, in whichever family they come. */
const PROBED = `app_${APP_PORTS.served}_ipv4`;

/** Connections at once to one cluster: a loop ends when it has used them up. */
export const CONNECTION_LIMIT = 24;

/** The whole configuration; access logs go to a file. */
export function bootstrap(logPath: string): Json {
  return {
    admin: { address: socket("127.0.0.1", PROXY_PORTS.admin) },
    static_resources: {
      listeners: FAMILIES.flatMap((family) => [
        outbound(family, logPath),
        inbound(family, logPath),
        http("metrics", PROXY_PORTS.prometheus, family, logPath, { prefix: "/stats/prometheus" }, "admin"),
        ...(["liveness", "readiness", "startup"] as const).map((probe, index) =>
          http(probe, FIRST_PROBE_PORT + index, family, logPath, { prefix: `/osm-${probe}-probe` }, PROBED),
        ),
      ]),
      clusters: [
        {
          name: "original_destination",
          type: "ORIGINAL_DST",
          lb_policy: "CLUSTER_PROVIDED",
          ...LIMITS,
        },
        fixed("admin", "127.0.0.1", PROXY_PORTS.admin),
        ...FAMILIES.flatMap((family) => [
          // A mesh's proxy knows a service by its endpoints, which are pods.
          fixed(`own_service_${family}`, POD[family], APP_PORTS.served),
          ...INBOUND.map(({ port, host }) => fixed(`app_${port}_${family}`, host[family], port)),
        ]),
      ],
    },
  };
}

function outbound(family: IpFamily, logPath: string): Json {
  const own = { address_prefix: OWN_SERVICE[family], prefix_len: family === "ipv4" ? 32 : 128 };
  return transparent("outbound", PROXY_PORTS.outbound, family, [
    {
      filter_chain_match: { prefix_ranges: [own], destination_port: OWN_SERVICE_PORT },
      filters: [tcp("outbound", `own_service_${family}`, logPath)],
    },
    { filters: [tcp("outbound", "original_destination", logPath)] },
  ]);
}

/** Ports without a policy have no filter chain: Envoy closes their connections. */
function inbound(family: IpFamily, logPath: string): Json {
  return transparent(
    "inbound",
    PROXY_PORTS.inbound,
    family,
    INBOUND.map(({ port }) => ({
      filter_chain_match: { destination_port: port },
      filters: [tcp("inbound", `app_${port}_${family}`, logPath)],
    })),
  );
}

/** A listener that redirected connections come to, and that asks the kernel where they were bound for. */
function transparent(name: Listener, port: number, family: IpFamily, chains: readonly Json[]): Json {
  return {
    name: `${name}_${family}`,
    stat_prefix: name,
    address: socket(ANY[family], port),
    traffic_direction: name.toUpperCase(),
    listener_filters: [
      {
        name: "envoy.filters.listener.original_dst",
        typed_config: {
          "@type": "type.googleapis.com/envoy.extensions.filters.listener.original_dst.v3.OriginalDst",
        },
      },
    ],
    filter_chains: chains,
  };
}

function tcp(listener: Listener, cluster: string, logPath: string): Json {
  const name = "envoy.filters.network.tcp_proxy";
  return {
    name,
    typed_config: {
      "@type": "type.googleapis.com/envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy",
      stat_prefix: listener,
      cluster,
      max_connect_attempts: 1,
      access_log: [logTo(logPath, listener)],
    },
  };
}

function http(
  name: Listener,
  port: number,
  family: IpFamily,
  logPath: string,
  match: Json,
  cluster: string,
): Json {
  const route = { match, route: { cluster } };
  return {
    name: `${name}_${family}`,
    stat_prefix: name,
    address: socket(ANY[family], port),
    filter_chains: [
      {
        filters: [
          {
            name: "envoy.filters.network.http_connection_manager",
            typed_config: {
              "@type":
                "type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager",
              stat_prefix: name,
              access_log: [logTo(logPath, name)],
              route_config: { virtual_hosts: [{ name, domains: ["*"], routes: [route] }] },
              http_filters: [
                {
                  name: "envoy.filters.http.router",
                  typed_config: {
                    "@type": "type.googleapis.com/envoy.extensions.filters.http.router.v3.Router",
                  },
                },
              ],
            },
          },
        ],
      },
    ],
  };
}

const LIMITS = {
  connect_timeout: "1s",
  circuit_breakers: { thresholds: [{ max_connections: CONNECTION_LIMIT }] },
};

/** A cluster of one address. */
function fixed(name: string, host: string, port: number): Json {
  const endpoint = { endpoint: { address: socket(host, port) } };
  return {
    name,
    type: "STATIC",
    ...LIMITS,
    load_assignment: { cluster_name: name, endpoints: [{ lb_endpoints: [endpoint] }] },
  };
}

function socket(address: string, port: number): Json {
  return { socket_address: { address, port_value: port } };
}
