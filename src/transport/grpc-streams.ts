import { EventEmitter } from "node:events";
import type { Http2Server, IncomingHttpHeaders, ServerHttp2Stream } from "node:http2";
import type { Server } from "@grpc/grpc-js";

/** Takes a stream of an HTTP/2 connection. */
export type ServeStream = (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => void;

/** The HTTP/2 side of a grpc-js server. */
export interface GrpcStreams {
  readonly http2: Http2Server;
  /** Has grpc-js serve a stream, which must be as it came. */
  readonly serveByGrpc: ServeStream;
}

/**
 * Takes the streams from a grpc-js server that has a connection injector and nothing else to listen on: who calls this
 * serves them, or gives them back. One connection may carry gRPC and Connect, as that of a proxy does, so the choice is
 * made for each stream.
 *
 * grpc-js has no public hook here, and keeps its HTTP/2 server to itself; the version is pinned.
 *
 * @throws Error when grpc-js no longer keeps it where it did, or listens otherwise.
 */
export function takeStreams(server: Server): GrpcStreams {
  const servers: unknown = Reflect.get(server, "http2Servers");
  const [first] = servers instanceof Map ? servers.keys() : [];
  if (!(first instanceof EventEmitter)) throw new Error("this version of grpc-js has no http2Servers");
  const http2 = first as Http2Server;
  const [listener, ...others] = http2.listeners("stream");
  if (listener === undefined || others.length > 0) {
    throw new Error("this version of grpc-js has not one listener for streams");
  }
  http2.removeAllListeners("stream");
  return { http2, serveByGrpc: (stream, headers) => void Reflect.apply(listener, http2, [stream, headers]) };
}

/** Whether a content type is that of native gRPC: `application/grpc`, `application/grpc+proto`, not `application/grpc-web`. */
export function isGrpcContent(contentType: string | undefined): boolean {
  return /^application\/grpc(?:[+;]|$)/i.test(contentType ?? "");
}

/** Whether a stream has ended for both sides. One that its client reset without an error is closed for a while before it is destroyed. */
export function isOver(stream: ServerHttp2Stream): boolean {
  return stream.destroyed || stream.closed;
}
