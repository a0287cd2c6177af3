import { create, type MessageInitShape } from "@bufbuild/protobuf";
import {
  ConnectionState,
  Direction,
  type EndpointSchema,
  type Packet,
  PacketSchema,
  Protocol,
} from "../../gen/redirect/v1/packet_pb.ts";
import { parseAddress } from "../../net/address.ts";
import { MAX_PORT } from "../../net/port.ts";
import { UsageError } from "../usage-error.ts";
import { WordCursor } from "./word-cursor.ts";

/** The grammar of packets in words, for help texts. */
export const PACKET_GRAMMAR = `  PACKET    [STATE] [PROTOCOL] SENDER -> ADDRESS[:PORT] [from SOURCE] [via INTERFACE]
            [STATE] [PROTOCOL] in [INTERFACE] [SOURCE] -> [ADDRESS][:PORT]
  SENDER    uid N [gid N] | no socket     Who in the pod sends it. gid is 0 unless it is given; what the kernel
                                          sends by itself, an ICMP error say, has no socket
  PROTOCOL  tcp | udp | sctp | icmp       Default: tcp
  STATE     new | established | related | invalid | untracked
                                          What connection tracking says. Default: new
  SOURCE    ADDRESS[:PORT]                Default: a stranger's for in, loopback's to loopback, else the pod's
  ADDRESS   10.96.0.5 | 2001:db8::1 | [2001:db8::1]
                                          In brackets before a port. Behind in, none is the pod's own
  INTERFACE eth0, lo, ...                 Default: lo for loopback and the pod's own address, else eth0
`;

const STATES: ReadonlyMap<string, ConnectionState> = new Map([
  ["new", ConnectionState.NEW],
  ["established", ConnectionState.ESTABLISHED],
  ["related", ConnectionState.RELATED],
  ["invalid", ConnectionState.INVALID],
  ["untracked", ConnectionState.UNTRACKED],
]);

const PROTOCOLS: ReadonlyMap<string, Protocol> = new Map([
  ["tcp", Protocol.TCP],
  ["udp", Protocol.UDP],
  ["sctp", Protocol.SCTP],
  ["icmp", Protocol.ICMP],
]);

/** Reads a packet in words: `uid 1000 -> 10.96.0.5:443`. @throws UsageError with the column and what belongs there. */
export function parsePacket(text: string): Packet {
  const cursor = new WordCursor(text);
  const connectionState = take(cursor, STATES) ?? ConnectionState.NEW;
  const protocol = take(cursor, PROTOCOLS) ?? Protocol.TCP;
  const place = cursor.skip("in") ? readInbound(cursor) : readOutbound(cursor);
  if (!cursor.atEnd()) throw cursor.expected(place.direction === Direction.INBOUND ? "the end" : OPTIONAL);
  return create(PacketSchema, { ...place, connectionState, protocol });
}

const OPTIONAL = "from SOURCE, via INTERFACE or the end";

type Place = MessageInitShape<typeof PacketSchema>;

function readInbound(cursor: WordCursor): Place {
  const named = cursor.peek();
  const isInterface = named !== "" && named !== "->" && parseEndpoint(named) === undefined;
  const name = isInterface ? readInterface(cursor) : "";
  const source = cursor.peek() === "->" ? undefined : readEndpoint(cursor, "the source's address, or ->");
  cursor.require("->", "->");
  const destination = readEndpoint(cursor, "ADDRESS, ADDRESS:PORT or :PORT", { ownAddress: true });
  return {
    direction: Direction.INBOUND,
    interface: name,
    destination,
    ...(source !== undefined && { source }),
  };
}

function readOutbound(cursor: WordCursor): Place {
  const owner = readSender(cursor);
  cursor.require("->", owner === undefined || owner.gid !== undefined ? "->" : "gid N or ->");
  const destination = readEndpoint(cursor, "ADDRESS or ADDRESS:PORT");
  const source = cursor.skip("from") ? readEndpoint(cursor, "the source's address") : undefined;
  const name = cursor.skip("via") ? readInterface(cursor) : "";
  return {
    direction: Direction.OUTBOUND,
    interface: name,
    destination,
    ...(source !== undefined && { source }),
    ...(owner !== undefined && { owner: { uid: owner.uid, gid: owner.gid ?? 0 } }),
  };
}

function readSender(cursor: WordCursor): { readonly uid: number; readonly gid?: number } | undefined {
  if (cursor.skip("no")) {
    cursor.require("socket", "socket");
    return undefined;
  }
  cursor.require("uid", "uid N, no socket or in");
  const uid = readId(cursor, "the number of a user");
  return cursor.skip("gid") ? { uid, gid: readId(cursor, "the number of a group") } : { uid };
}

function readId(cursor: WordCursor, what: string): number {
  const word = cursor.peek();
  if (!/^\d{1,10}$/.test(word) || Number(word) > 0xffff_ffff)
    throw cursor.expected(`${what}, 0 to 4294967295`);
  return Number(cursor.next());
}

/** What an interface can be called: `dev_valid_name` of the kernel, without what no mesh uses. */
function readInterface(cursor: WordCursor): string {
  if (!/^[A-Za-z0-9_.@-]{1,15}$/.test(cursor.peek()))
    throw cursor.expected("the name of an interface, 15 characters at most");
  return cursor.next();
}

function readEndpoint(
  cursor: WordCursor,
  what: string,
  { ownAddress = false }: { readonly ownAddress?: boolean } = {},
): MessageInitShape<typeof EndpointSchema> {
  const endpoint = parseEndpoint(cursor.peek());
  if (endpoint === undefined || (endpoint.address === "" && !ownAddress)) {
    const [, digits = "0"] = /:(\d+)$/.exec(cursor.peek()) ?? [];
    throw cursor.expected(Number(digits) > MAX_PORT ? `a port of at most ${MAX_PORT}` : what);
  }
  cursor.next();
  return endpoint;
}

/** An address, an address and a port, or a port alone; undefined for anything else. */
function parseEndpoint(word: string): { readonly address: string; readonly port: number } | undefined {
  const bare = parseAddress(word);
  if (bare.ok) return { address: word, port: 0 };
  const [, bracketed, plain, digits] = /^(?:\[([^\]]*)\]|([^:[\]]*))(?::(\d{1,5}))?$/.exec(word) ?? [];
  const address = bracketed ?? plain;
  const port = Number(digits ?? 0);
  if (address === undefined || port > MAX_PORT) return undefined;
  if (address === "") return bracketed === undefined && digits !== undefined ? { address, port } : undefined;
  const parsed = parseAddress(address);
  if (!parsed.ok || (bracketed !== undefined) !== (parsed.value.family === "ipv6")) return undefined;
  return { address, port };
}

function take<Value>(cursor: WordCursor, words: ReadonlyMap<string, Value>): Value | undefined {
  const value = words.get(cursor.peek());
  if (value !== undefined) cursor.next();
  return value;
}

/** Reads every packet of a command line. @throws UsageError when there is none. */
export function parsePackets(texts: readonly string[]): readonly Packet[] {
  if (texts.length === 0) {
    throw new UsageError("no packet is given; write one in quotes: 'uid 1000 -> 10.96.0.5:443'");
  }
  return texts.map(parsePacket);
}
