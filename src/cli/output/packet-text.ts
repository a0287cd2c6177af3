import {
  ConnectionStateSchema,
  Direction,
  type Packet,
  ProtocolSchema,
} from "../../gen/redirect/v1/packet_pb.ts";
import { printable } from "../../policy/quote.ts";
import { host } from "./disposition-text.ts";
import { enumWord } from "./enum-word.ts";

/** A packet in words that `explain` takes, with everything that was left to its defaults. */
export function packetText({ direction, protocol, connectionState, owner, ...ends }: Packet): string {
  const [from, to] = [ends.source, ends.destination].map((end) => (end === undefined ? "?" : host(end)));
  const what = `${enumWord(ConnectionStateSchema, connectionState)} ${enumWord(ProtocolSchema, protocol)}`;
  const name = printable(ends.interface);
  if (direction === Direction.INBOUND) return `${what} in ${name} ${from} -> ${to}`;
  const sender = owner === undefined ? "no socket" : `uid ${owner.uid} gid ${owner.gid}`;
  return `${what} ${sender} -> ${to} from ${from} via ${name}`;
}
