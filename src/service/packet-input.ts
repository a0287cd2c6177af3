import type { Packet, TrackedState } from "../analyze/packet.ts";
import {
  ConnectionState,
  ConnectionStateSchema,
  Direction,
  DirectionSchema,
  type Endpoint,
  type Packet as PacketMessage,
  Protocol,
  ProtocolSchema,
} from "../gen/redirect/v1/packet_pb.ts";
import { formatAddress, type IpAddress, type IpFamily, parseAddress } from "../net/address.ts";
import { holdsAddress } from "../net/cidr.ts";
import { LOOPBACK } from "../net/known-ranges.ts";
import { MAX_PORT } from "../net/port.ts";
import { type Finding, finding } from "../policy/finding.ts";
import { quote } from "../policy/quote.ts";
import { MAX_INTERFACE_NAME } from "../policy/read-interfaces.ts";
import { unknownOption } from "./unknown-option.ts";

/** What is known of the pod that packets start in or come to. */
export interface PodView {
  readonly addresses: readonly IpAddress[];
}

/** Addresses that stand for the pod's and for a peer's when a packet does not say (RFC 5737, RFC 3849). */
const EXAMPLES = {
  pod: { ipv4: "192.0.2.1", ipv6: "2001:db8::1" },
  peer: { ipv4: "198.51.100.1", ipv6: "2001:db8:ffff::1" },
  /** What the kernel gives to a socket that connects to loopback: the source of its route there (ip route show table local). */
  loopback: { ipv4: "127.0.0.1", ipv6: "::1" },
} as const;

/** The first of the ports that Linux gives to clients, rounded (ip_local_port_range). */
const CLIENT_PORT = 49_152;

/**
 * Reads a packet, filling in what it leaves out.
 *
 * @returns The packet; undefined when `findings` got the reasons why it is none.
 */
export function readPacket(
  message: PacketMessage,
  path: string,
  pod: PodView,
  findings: Finding[],
): Packet | undefined {
  const before = findings.length;
  const direction = readDirection(message.direction, path, findings);
  const { protocol, state } = readKinds(message, path, findings);
  const source = readAddress(message.source, `${path}.source`, findings);
  const destination = readAddress(message.destination, `${path}.destination`, findings);
  const ports = [
    readPort(message.source, message.protocol, `${path}.source`, findings),
    readPort(message.destination, message.protocol, `${path}.destination`, findings),
  ] as const;
  if (message.interface.length > MAX_INTERFACE_NAME || /\s/.test(message.interface)) {
    findings.push(
      bad(`${path}.interface`, message.interface, `no name of at most ${MAX_INTERFACE_NAME} characters`),
    );
  }
  if (direction === "outbound" && destination === undefined && findings.length === before) {
    findings.push(
      invalidPacket(
        `${path}.destination.address`,
        "",
        "no address is given that the outbound packet goes to",
      ),
    );
  }
  if (source !== undefined && destination !== undefined && source.family !== destination.family) {
    findings.push(
      bad(`${path}.source.address`, formatAddress(source), "of another family than the destination"),
    );
  }
  if (direction === "inbound" && message.owner !== undefined) {
    const uid = String(message.owner.uid);
    findings.push(bad(`${path}.owner`, uid, "an owner, which no packet has that arrives from the network"));
  }
  if (findings.length > before || direction === undefined) return undefined;

  const family = (destination ?? source ?? pod.addresses[0])?.family ?? "ipv4";
  const own = pod.addresses.find((address) => address.family === family) ?? example("pod", family);
  // An outbound packet without a destination has been refused.
  const to = destination ?? own;
  const from = source ?? defaultSource(direction, to, own);
  const hasPorts = message.protocol !== Protocol.ICMP;
  return {
    direction,
    family,
    protocol: protocol === ICMP && family === "ipv6" ? ICMPV6 : protocol,
    state,
    interface: message.interface || defaultInterface(direction, to, pod),
    ...(message.owner !== undefined && direction === "outbound" && { owner: message.owner }),
    source: { address: from.value, port: hasPorts ? ports[0] || CLIENT_PORT : 0 },
    destination: { address: to.value, port: hasPorts ? ports[1] : 0 },
    holds: new Set(),
  };
}

const ICMP = 1;
const ICMPV6 = 58;

const PROTOCOLS: ReadonlyMap<number, number> = new Map([
  [Protocol.UNSPECIFIED, 6],
  [Protocol.TCP, 6],
  [Protocol.UDP, 17],
  [Protocol.SCTP, 132],
  [Protocol.ICMP, ICMP],
]);

const STATES: ReadonlyMap<number, TrackedState> = new Map([
  [ConnectionState.UNSPECIFIED, "NEW"],
  [ConnectionState.NEW, "NEW"],
  [ConnectionState.ESTABLISHED, "ESTABLISHED"],
  [ConnectionState.RELATED, "RELATED"],
  [ConnectionState.INVALID, "INVALID"],
  [ConnectionState.UNTRACKED, "UNTRACKED"],
]);

function readDirection(value: Direction, path: string, findings: Finding[]): Packet["direction"] | undefined {
  switch (value) {
    case Direction.INBOUND:
      return "inbound";
    case Direction.OUTBOUND:
      return "outbound";
    case Direction.UNSPECIFIED:
      findings.push(invalidPacket(`${path}.direction`, "", "no direction is given"));
      return undefined;
    default:
      findings.push(unknownOption(`${path}.direction`, value, DirectionSchema));
      return undefined;
  }
}

function readKinds(
  { protocol, connectionState }: PacketMessage,
  path: string,
  findings: Finding[],
): { readonly protocol: number; readonly state: TrackedState } {
  const number = PROTOCOLS.get(protocol);
  const state = STATES.get(connectionState);
  if (number === undefined) findings.push(unknownOption(`${path}.protocol`, protocol, ProtocolSchema));
  if (state === undefined) {
    findings.push(unknownOption(`${path}.connectionState`, connectionState, ConnectionStateSchema));
  }
  return { protocol: number ?? 0, state: state ?? "NEW" };
}

function readAddress(
  endpoint: Endpoint | undefined,
  path: string,
  findings: Finding[],
): IpAddress | undefined {
  const text = endpoint?.address ?? "";
  if (text === "") return undefined;
  const address = parseAddress(text);
  if (address.ok) return address.value;
  findings.push(bad(`${path}.address`, text, "no IP address"));
  return undefined;
}

function readPort(
  endpoint: Endpoint | undefined,
  protocol: Protocol,
  path: string,
  findings: Finding[],
): number {
  const port = endpoint?.port ?? 0;
  if (port > MAX_PORT) findings.push(bad(`${path}.port`, String(port), `over ${MAX_PORT}`));
  else if (port !== 0 && protocol === Protocol.ICMP) {
    findings.push(bad(`${path}.port`, String(port), "a port, which ICMP does not have"));
  }
  return port;
}

function defaultSource(direction: Packet["direction"], to: IpAddress, own: IpAddress): IpAddress {
  if (direction === "inbound") return example("peer", to.family);
  return isLoopback(to) ? example("loopback", to.family) : own;
}

function defaultInterface(direction: Packet["direction"], to: IpAddress, pod: PodView): string {
  const own = pod.addresses.some(({ family, value }) => family === to.family && value === to.value);
  return direction === "outbound" && (own || isLoopback(to)) ? "lo" : "eth0";
}

function isLoopback(address: IpAddress): boolean {
  return holdsAddress(LOOPBACK[address.family], address);
}

function example(who: keyof typeof EXAMPLES, family: IpFamily): IpAddress {
  const address = parseAddress(EXAMPLES[who][family]);
  if (!address.ok) throw new Error(`${EXAMPLES[who][family]} is not an address`);
  return address.value;
}

function bad(field: string, value: string, why: string): Finding {
  return invalidPacket(field, value, `'${quote(value)}' is ${why}`);
}

function invalidPacket(field: string, value: string, message: string): Finding {
  return finding("INVALID_PACKET", {
    field,
    value: quote(value),
    message,
    remedy: "See the comments of redirect.v1.Packet.",
  });
}
