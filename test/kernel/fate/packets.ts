import fc from "fast-check";
import type { Packet } from "../../../src/analyze/packet.ts";
import { type IpFamily, parseAddress } from "../../../src/net/address.ts";
import { numberOfProtocol } from "../../../src/ruleset/protocol.ts";
import type { Protocol } from "./agent.ts";
import type { Origin, Shipment } from "./lab.ts";
import { ADDRESSES, LINKS, type Link, PEER_RANGES, SENDERS, type Sender } from "./places.ts";

/** The first packet of a connection, as a test describes it. */
export interface PacketWords {
  readonly by: Origin;
  readonly protocol: Protocol;
  readonly from: string;
  readonly to: string;
  readonly dport: number;
  /** The interface that it leaves the pod by, or comes in by. */
  readonly interface: Link | "lo";
}

/** Ports that rules of meshes or listeners of the lab are about, and neighbours of these. */
const PORTS = [
  22, 53, 80, 443, 5300, 6379, 8080, 8081, 8082, 8083, 9090, 15000, 15001, 15003, 15010, 15901, 15902, 15903,
  15904, 15905, 65535,
];

const port = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...PORTS) },
  fc.integer({ min: 1, max: 65535 }),
);
const protocol = fc.constantFrom<Protocol>("tcp", "tcp", "tcp", "tcp", "udp");
const sender = fc.constantFrom("app", ...(Object.keys(SENDERS) as Sender[]));
const LOOPBACK: { readonly [family in IpFamily]: readonly string[] } = {
  ipv4: ["127.0.0.1", "127.0.0.2", "127.0.0.153", "127.255.255.254"],
  ipv6: ["::1"],
};

/** Any packet that a process of the pod or the peer can send. */
export const anyPacket: fc.Arbitrary<PacketWords> = fc
  .constantFrom<IpFamily>("ipv4", "ipv4", "ipv4", "ipv6")
  .chain((family) =>
    fc.oneof(
      { weight: 4, arbitrary: toPeer(family) },
      { weight: 3, arbitrary: toItself(family) },
      { weight: 3, arbitrary: fromPeer(family) },
    ),
  );

function toPeer(family: IpFamily): fc.Arbitrary<PacketWords> {
  return fc
    .tuple(sender, protocol, peerAddress(family), port, fc.nat())
    .map(([by, its, { address, link }, dport, pick]) => ({
      by,
      protocol: its,
      from: picked(ADDRESSES[link][family].pod, pick),
      to: address,
      dport,
      interface: link,
    }));
}

function toItself(family: IpFamily): fc.Arbitrary<PacketWords> {
  const own = LINKS.flatMap((link) => ADDRESSES[link][family].pod);
  return fc
    .tuple(sender, protocol, fc.constantFrom(...LOOPBACK[family], ...own), port)
    .map(([by, its, to, dport]) => ({
      by,
      protocol: its,
      from: own.includes(to) ? to : picked(LOOPBACK[family], 0),
      to,
      dport,
      interface: "lo",
    }));
}

function fromPeer(family: IpFamily): fc.Arbitrary<PacketWords> {
  return fc
    .tuple(protocol, peerAddress(family), port, fc.nat())
    .map(([its, { address, link }, dport, pick]) => ({
      by: "peer",
      protocol: its,
      from: address,
      to: picked(ADDRESSES[link][family].pod, pick),
      dport,
      interface: link,
    }));
}

/** An address of the peer, with the link that leads there. */
function peerAddress(family: IpFamily): fc.Arbitrary<{ readonly address: string; readonly link: Link }> {
  const ends = LINKS.map((link) => ({ address: ADDRESSES[link][family].peer, link }));
  const ranges = PEER_RANGES[family].map(({ range, link }) =>
    fc
      .oneof(fc.constantFrom(1, 4, 5, 63), fc.integer({ min: 1, max: 63 }))
      .map((host) => ({ address: inRange(range, host), link })),
  );
  return fc.oneof(fc.constantFrom(...ends), ...ranges);
}

/** The address of a range with that number in its last eight bits. */
function inRange(range: string, host: number): string {
  const base = range.slice(0, range.indexOf("/"));
  if (base.includes(":")) return `${base}${host.toString(16)}`;
  const dot = base.lastIndexOf(".") + 1;
  return `${base.slice(0, dot)}${Number(base.slice(dot)) + host}`;
}

function picked(values: readonly string[], pick: number): string {
  return values[pick % values.length] ?? "";
}

/** The packet as the model takes it. */
export function modelled(words: PacketWords, sport: number): Packet {
  const source = addressOf(words.from);
  const destination = addressOf(words.to);
  const packet = {
    family: destination.family,
    protocol: numberOfProtocol(words.protocol) ?? 0,
    state: "NEW",
    interface: words.interface,
    source: { address: source.value, port: sport },
    destination: { address: destination.value, port: words.dport },
    holds: new Set<string>(),
  } as const;
  if (words.by === "peer") return { ...packet, direction: "inbound" };
  return { ...packet, direction: "outbound", owner: SENDERS[words.by] };
}

/** The packet as an agent is to send it. */
export function shipment(
  { by, protocol: its, from, to, dport }: PacketWords,
  id: number,
  sport: number,
): Shipment {
  return { by, sending: { id, protocol: its, from, sport, to, dport } };
}

/** Below the ports that the kernel picks by itself, and above those that rules are about. */
const SOURCE_PORTS = { first: 20_000, count: 8_192 };

/** Source ports for a batch of packets that neither another packet of it has nor one of the batches before. */
export function sourcePorts(): (count: number) => readonly number[] {
  let next = 0;
  return (count) => Array.from({ length: count }, () => SOURCE_PORTS.first + (next++ % SOURCE_PORTS.count));
}

function addressOf(text: string): { readonly family: IpFamily; readonly value: bigint } {
  const address = parseAddress(text);
  if (!address.ok) throw new Error(`${text} is not an address`);
  return address.value;
}
