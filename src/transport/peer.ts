import type { Socket } from "node:net";
import { TLSSocket } from "node:tls";
import { alternativeNames } from "./tls.ts";

const known = new WeakMap<object, string>();

/** Who is at the other end of a connection: the first name of its certificate, else its address; empty for a unix socket. */
export function peerOf(socket: Socket | undefined): string {
  if (socket === undefined) return "";
  const found = known.get(socket);
  if (found !== undefined) return found;
  const peer = identify(socket);
  known.set(socket, peer);
  return peer;
}

function identify(socket: Socket): string {
  const names = socket instanceof TLSSocket ? socket.getPeerCertificate().subjectaltname : undefined;
  return alternativeNames(names ?? "")[0] ?? socket.remoteAddress ?? "";
}
