import { constants, type Http2Server, type ServerHttp2Session } from "node:http2";

/** How the HTTP/2 connections of a server end. */
export interface Farewell {
  /** Asks every client, also those that come later, to send no more calls. Those that it still sends are served. */
  readonly announce: () => void;
  /** Ends every connection behind the calls that are under way. */
  readonly close: () => void;
}

/** The highest number that a stream can have. */
const LAST_STREAM = 2 ** 31 - 1;

/**
 * Ends HTTP/2 connections so that no call is lost on the way (RFC 9113, section 6.8): a first GOAWAY announces the end and
 * refuses nothing, since calls may be coming towards it. A ping behind it is answered when the client has read both. What
 * it sent before that has arrived then, and it sends nothing more: the second GOAWAY refuses nothing either.
 */
export function createFarewell(server: Http2Server): Farewell {
  const sessions = new Set<ServerHttp2Session>();
  let announced = false;
  server.on("session", (session) => {
    sessions.add(session);
    session.once("close", () => sessions.delete(session));
    if (announced) dismiss(session);
  });
  return {
    announce() {
      announced = true;
      for (const session of sessions) dismiss(session);
    },
    close() {
      for (const session of sessions) session.close();
    },
  };
}

function dismiss(session: ServerHttp2Session): void {
  if (session.closed || session.destroyed) return;
  session.goaway(constants.NGHTTP2_NO_ERROR, LAST_STREAM);
  if (!session.ping(() => session.close())) session.close();
}
