import type { Agent } from "./agent-process.ts";
import type { Protocol } from "./agent-protocol.ts";
import { APP_PORTS, PEER_PORTS, POD } from "./places.ts";

const ANY: readonly string[] = ["0.0.0.0", "::"];

/** Has the app's agent listen on all ports of the app. */
export async function listenAsApp(app: Agent): Promise<void> {
  const { served, excluded, closed, tcpProbes, otherLoopback, podAddressOnly } = APP_PORTS;
  for (const port of [served, excluded, closed, tcpProbes]) await listen(app, "tcp", ANY, port);
  await listen(app, "udp", ANY, served);
  await listen(app, "tcp", ["127.0.0.2"], otherLoopback);
  await listen(app, "tcp", [POD.ipv4, POD.ipv6], podAddressOnly);
}

/** Has the peer's agent listen on all ports of the peer. */
export async function listenAsPeer(peer: Agent): Promise<void> {
  for (const port of Object.values(PEER_PORTS)) await listen(peer, "tcp", ANY, port);
  await listen(peer, "udp", ANY, PEER_PORTS.served);
}

async function listen(
  agent: Agent,
  protocol: Protocol,
  addresses: readonly string[],
  port: number,
): Promise<void> {
  for (const address of addresses) await agent.ask({ kind: "listen", protocol, address, port });
}
