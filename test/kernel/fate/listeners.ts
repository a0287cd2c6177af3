import type { Agent, Protocol } from "./agent.ts";
import { ADDRESSES } from "./places.ts";

/** A socket that takes what comes. */
export interface Listener {
  readonly protocol: Protocol;
  readonly address: string;
  readonly port: number;
}

const ANY: readonly string[] = ["0.0.0.0", "::"];
const LOOPBACK: readonly string[] = ["127.0.0.1", "::1"];
const POD: readonly string[] = [ADDRESSES.eth0.ipv4.pod[0] ?? "", ADDRESSES.eth0.ipv6.pod[0] ?? ""];

/** What the proxy listens on: its own ports on every address, and its admin port on loopback alone. */
export const PROXY_LISTENERS: readonly Listener[] = [
  ...on(ANY, 15001),
  ...on(ANY, 15003),
  ...on(ANY, 15010),
  ...on(LOOPBACK, 15000),
];

/** What the app listens on: on every address, on loopback alone, and on the pod's address alone. */
export const APP_LISTENERS: readonly Listener[] = [
  ...on(ANY, 8080),
  ...on(LOOPBACK, 8081),
  ...on(POD, 8082),
  ...on(["127.0.0.2"], 8083),
  ...on(ANY, 5300, "udp"),
];

/** What the peer listens on, on all of its addresses. */
export const PEER_LISTENERS: readonly Listener[] = [...on(ANY, 80), ...on(ANY, 8080), ...on(ANY, 53, "udp")];

/** Whether a listener takes what is bound for an address and a port. */
export function takes(listener: Listener, { protocol, address, port }: Listener): boolean {
  if (listener.protocol !== protocol || listener.port !== port) return false;
  if (listener.address.includes(":") !== address.includes(":")) return false;
  return ANY.includes(listener.address) || listener.address === address;
}

/** Has an agent listen. */
export async function listen(agent: Agent, listeners: readonly Listener[]): Promise<void> {
  await Promise.all(
    listeners.map(({ protocol, address, port }) => agent.ask("listen", protocol, address, port)),
  );
}

function on(addresses: readonly string[], port: number, protocol: Protocol = "tcp"): readonly Listener[] {
  return addresses.map((address) => ({ protocol, address, port }));
}
