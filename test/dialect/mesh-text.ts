import type { Dialect } from "../../src/policy/inputs.ts";

/** What a mesh gives its init container to program, each list merged and in order. */
export interface MeshSettings {
  readonly ranges: readonly string[];
  readonly inclusions: readonly string[];
  readonly outboundPorts: readonly number[];
  readonly inboundPorts: readonly number[];
  readonly interfaces: readonly string[];
  readonly podIpMode: boolean;
  readonly dnsProxy: boolean;
}

/** The script as the mesh's own injector writes it, put together line by line from its sources' text. */
export function meshText(dialect: Dialect, settings: MeshSettings): string {
  switch (dialect) {
    case "osm-v0.8":
    case "osm-v0.11":
      return commandLine(settings);
    case "osm-v1.0":
      return document("OSM", bodyOfV1_0(settings));
    case "osm-v1.1":
    case "osm-v1.2":
      return document("OSM", body("OSM", settings));
    case "fsm-v1.4":
    case "fsm-v1.5":
      return document("FSM", body("FSM", settings));
    case "hardened":
      throw new Error("no mesh writes the hardened text");
  }
}

const COMMANDS = `iptables -t nat -N PROXY_INBOUND
iptables -t nat -N PROXY_IN_REDIRECT
iptables -t nat -N PROXY_OUTPUT
iptables -t nat -N PROXY_REDIRECT
iptables -t nat -A PROXY_REDIRECT -p tcp -j REDIRECT --to-port 15001
iptables -t nat -A PROXY_REDIRECT -p tcp --dport 15000 -j ACCEPT
iptables -t nat -A OUTPUT -p tcp -j PROXY_OUTPUT
iptables -t nat -A PROXY_OUTPUT -m owner --uid-owner 1500 -j RETURN
iptables -t nat -A PROXY_OUTPUT -d 127.0.0.1/32 -j RETURN
iptables -t nat -A PROXY_OUTPUT -j PROXY_REDIRECT
iptables -t nat -A PROXY_IN_REDIRECT -p tcp -j REDIRECT --to-port 15003
iptables -t nat -A PREROUTING -p tcp -j PROXY_INBOUND
iptables -t nat -A PROXY_INBOUND -p tcp --dport 15010 -j RETURN
iptables -t nat -A PROXY_INBOUND -p tcp --dport 15901 -j RETURN
iptables -t nat -A PROXY_INBOUND -p tcp --dport 15902 -j RETURN
iptables -t nat -A PROXY_INBOUND -p tcp --dport 15903 -j RETURN
iptables -t nat -A PROXY_INBOUND -p tcp -j PROXY_IN_REDIRECT`;

function commandLine({ ranges, outboundPorts, inboundPorts }: MeshSettings): string {
  const insert = (rule: string): string => `iptables -t nat -I ${rule}`;
  return [
    ...COMMANDS.split("\n"),
    ...ranges.map((range) => insert(`PROXY_OUTPUT -d ${range} -j RETURN`)),
    ...multiport("PROXY_OUTPUT", outboundPorts).map(insert),
    ...multiport("PROXY_INBOUND", inboundPorts).map(insert),
  ].join(" && ");
}

const INBOUND = `-A M_PROXY_IN_REDIRECT -p tcp -j REDIRECT --to-port 15003
-A PREROUTING -p tcp -j M_PROXY_INBOUND
-A M_PROXY_INBOUND -p tcp --dport 15010 -j RETURN
-A M_PROXY_INBOUND -p tcp --dport 15901 -j RETURN
-A M_PROXY_INBOUND -p tcp --dport 15902 -j RETURN
-A M_PROXY_INBOUND -p tcp --dport 15903 -j RETURN
-A M_PROXY_INBOUND -p tcp --dport 15904 -j RETURN
-A M_PROXY_INBOUND -p tcp -j M_PROXY_IN_REDIRECT`.split("\n");

const OUTBOUND = `-A M_PROXY_OUT_REDIRECT -p tcp -j REDIRECT --to-port 15001
-A M_PROXY_OUT_REDIRECT -p tcp --dport 15000 -j ACCEPT
-A OUTPUT -p tcp -j M_PROXY_OUTBOUND
-A M_PROXY_OUTBOUND -o lo ! -d 127.0.0.1/32 -m owner --uid-owner 1500 -j M_PROXY_IN_REDIRECT
-A M_PROXY_OUTBOUND -o lo -m owner ! --uid-owner 1500 -j RETURN
-A M_PROXY_OUTBOUND -m owner --uid-owner 1500 -j RETURN
-A M_PROXY_OUTBOUND -d 127.0.0.1/32 -j RETURN`.split("\n");

const ALL = "-A M_PROXY_OUTBOUND -j M_PROXY_OUT_REDIRECT";

function bodyOfV1_0({ ranges, outboundPorts, inboundPorts }: MeshSettings): readonly string[] {
  return [
    ...INBOUND.filter((line) => !line.includes("15904")),
    ...multiport("-I M_PROXY_INBOUND", inboundPorts),
    ...OUTBOUND,
    ALL,
    ...ranges.map((range) => `-I M_PROXY_OUTBOUND -d ${range} -j RETURN`),
    ...multiport("-I M_PROXY_OUTBOUND", outboundPorts),
  ];
}

function body(mesh: "OSM" | "FSM", settings: MeshSettings): readonly string[] {
  const { ranges, inclusions, interfaces } = settings;
  const dns = "-A OUTPUT -p udp -d 127.0.0.153 --dport 53 -j DNAT --to-destination 127.0.0.153:5300";
  const podIp =
    "-I OUTPUT -p tcp -o lo -d 127.0.0.1/32 -m owner --uid-owner 1500 -j DNAT --to-destination $POD_IP";
  return [
    ...INBOUND,
    ...interfaces.map((name) => `-I M_PROXY_INBOUND -i ${name} -j RETURN`),
    ...multiport("-I M_PROXY_INBOUND", settings.inboundPorts),
    ...OUTBOUND,
    ...(mesh === "FSM" && settings.dnsProxy ? [dns] : []),
    ...(settings.podIpMode ? [podIp] : []),
    ...interfaces.map((name) => `-A M_PROXY_OUTBOUND -o ${name} -j RETURN`),
    ...ranges.map((range) => `-A M_PROXY_OUTBOUND -d ${range} -j RETURN`),
    ...multiport("-A M_PROXY_OUTBOUND", settings.outboundPorts),
    ...inclusions.map((range) => `-A M_PROXY_OUTBOUND -d ${range} -j M_PROXY_OUT_REDIRECT`),
    inclusions.length === 0 ? ALL : "-A M_PROXY_OUTBOUND -j RETURN",
  ];
}

function document(mesh: "OSM" | "FSM", lines: readonly string[]): string {
  const chains = ["INBOUND", "IN_REDIRECT", "OUTBOUND", "OUT_REDIRECT"];
  return [
    "iptables-restore --noflush <<EOF",
    `# ${mesh} sidecar interception rules`,
    "*nat",
    ...chains.map((chain) => `:M_PROXY_${chain} - [0:0]`),
    ...lines,
    "COMMIT",
    "EOF",
    "",
  ]
    .join("\n")
    .replaceAll("M_PROXY_", `${mesh}_PROXY_`);
}

function multiport(chain: string, ports: readonly number[]): readonly string[] {
  if (ports.length === 0) return [];
  return [`${chain} -p tcp --match multiport --dports ${ports.join(",")} -j RETURN`];
}
