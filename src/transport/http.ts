import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { createServer as createHttp2Server } from "node:http2";
import type { Duplex } from "node:stream";
import type { ServeRequest } from "./connect.ts";
import type { ServeStream } from "./grpc-streams.ts";
import type { Limits } from "./limits.ts";
import type { Stoppable } from "./stop.ts";

/** Serves HTTP/1 connections. */
export interface Http1Endpoint extends Stoppable {
  readonly accept: (connection: Duplex) => void;
}

/** HTTP/1 by node:http, on connections that somebody else accepts. */
export function createHttp1Endpoint(serve: ServeRequest, limits: Limits): Http1Endpoint {
  let announced = false;
  let draining = false;
  /** When each connection is to end, by the clock of `performance.now`. */
  const retirement = new WeakMap<Duplex, number>();
  const listener = (request: IncomingMessage, response: ServerResponse): void => {
    const isOld = performance.now() > (retirement.get(request.socket) ?? 0);
    if (announced || isOld) response.setHeader("connection", "close");
    // A response that was begun before does not tell the client to leave.
    response.once("finish", () => draining && server.closeIdleConnections());
    serve(request, response);
  };
  const server = createServer(
    {
      headersTimeout: limits.headersMs,
      requestTimeout: limits.requestMs,
      keepAliveTimeout: limits.idleMs,
      connectionsCheckingInterval: Math.min(limits.headersMs, 5_000),
      // A request without Host is answered here, with a reason.
      requireHostHeader: false,
    },
    listener,
  );
  // A client may close its side behind the request, and still wants the answer (half_closed_clients of node:_http_server).
  Object.assign(server, { httpAllowHalfOpen: true });
  // node:http starts to check its time-outs when it listens (setupConnectionsTracking), and this server never does.
  server.emit("listening");
  return {
    accept: (connection) => {
      retirement.set(connection, performance.now() + limits.connectionAgeMs * (0.9 + 0.2 * Math.random()));
      server.emit("connection", connection);
      // What was read to tell the protocol is waiting in the stream, which was paused for it.
      connection.resume();
    },
    announceStop: () => {
      announced = true;
    },
    drain: () => {
      draining = true;
      server.close();
    },
  };
}

/** Serves single streams of HTTP/2 connections that somebody else holds, through the same interface as HTTP/1. */
export function createStreamServer(serve: ServeRequest): ServeStream {
  const server = createHttp2Server(serve);
  return (stream, headers) => {
    server.emit("stream", stream, headers, 0, []);
  };
}
