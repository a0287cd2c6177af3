import type { Http2Server, Http2Session, ServerHttp2Session, ServerHttp2Stream } from "node:http2";
import { peerOf } from "./peer.ts";

/** An HTTP/2 connection, and what goes on on it. */
export interface Http2Connection {
  /** Who is at the other end: see {@link peerOf}. */
  readonly peer: string;
  /** To be called when a stream that began on it is closed. */
  readonly endStream: () => void;
}

/**
 * Watches the connections of a server, and asks those to end that have had no stream for a time. The account that grpc-js
 * keeps of it costs each call listeners and a timer.
 *
 * @param idleMs How long a connection may have no stream, in milliseconds.
 * @returns to be told of each stream that begins; gives its connection, unless it is closed.
 */
export function watchConnections(
  server: Http2Server,
  idleMs: number,
): (stream: ServerHttp2Stream) => Http2Connection | undefined {
  const connections = new WeakMap<Http2Session, WatchedConnection>();
  server.on("session", (session) => {
    const connection = new WatchedConnection(peerOf(session.socket));
    connections.set(session, connection);
    closeWhenIdle(session, connection, idleMs);
  });
  return (stream) => {
    const connection = stream.session && connections.get(stream.session);
    connection?.beginStream();
    return connection;
  };
}

class WatchedConnection implements Http2Connection {
  readonly peer: string;
  #streams = 0;
  #idleSince = performance.now();

  constructor(peer: string) {
    this.peer = peer;
  }

  beginStream(): void {
    this.#streams += 1;
  }

  readonly endStream = (): void => {
    this.#streams -= 1;
    this.#idleSince = performance.now();
  };

  /** For how long it has had no stream, in milliseconds. */
  idleMs(): number {
    return this.#streams > 0 ? 0 : performance.now() - this.#idleSince;
  }
}

function closeWhenIdle(session: ServerHttp2Session, connection: WatchedConnection, idleMs: number): void {
  const check = (): void => {
    const leftMs = idleMs - connection.idleMs();
    if (leftMs > 0) timer = setTimeout(check, leftMs);
    else session.close();
  };
  let timer = setTimeout(check, idleMs);
  session.once("close", () => clearTimeout(timer));
}
