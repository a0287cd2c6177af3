import { EventEmitter } from "node:events";
import type { Http2Server, IncomingHttpHeaders, ServerHttp2Stream } from "node:http2";
import type { Server } from "@grpc/grpc-js";

/** Takes a stream of an HTTP/2 connection. */
export type ServeStream = (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => void;

/** Who takes the streams of a server. */
export interface StreamTakers {
  /** Whether a gRPC call is grpc-js's to serve. */
  readonly isForGrpc: (path: string) => boolean;
  /**
   * Sees each call that grpc-js is about to serve, and tells whether it serves it at once. When not, a call of `serve`
   * makes it serve the stream later, which must be as it came.
   */
  readonly onGrpc: (...call: [...Parameters<ServeStream>, serve: () => void]) => boolean;
  /** Serves every other request. */
  readonly onOther: ServeStream;
}

/** The method of grpc-js that sees each stream first, and answers 415 to what is not gRPC. */
const CONTENT_TYPE_CHECK = "_verifyContentType";

/** The method of grpc-js that serves a stream: of the interceptors of its credentials, the stream and its headers. */
const STREAM_HANDLER = "_streamHandler";

/**
 * Shares the HTTP/2 connections of a grpc-js server with another handler. One connection may carry gRPC and Connect, as
 * that of a proxy does, so the choice is made for each stream.
 *
 * grpc-js has no public hook here, and keeps its HTTP/2 server to itself; the version is pinned.
 *
 * @throws Error when grpc-js no longer has the method that is replaced, or the one that serves a stream.
 */
export function splitStreams(server: Server, { isForGrpc, onGrpc, onOther }: StreamTakers): void {
  const serveStream: unknown = Reflect.get(server, STREAM_HANDLER);
  if (typeof Reflect.get(server, CONTENT_TYPE_CHECK) !== "function" || typeof serveStream !== "function") {
    throw new Error(`this version of grpc-js has no ${CONTENT_TYPE_CHECK} or no ${STREAM_HANDLER}`);
  }
  let isGivenBack = false;
  const isGrpc: (...stream: Parameters<ServeStream>) => boolean = (stream, headers) => {
    // A client may have ended the connection behind the headers. grpc-js answers all the same when it knows no method of
    // the path, and node:http2 throws at that.
    if (stream.destroyed) return false;
    if (isGivenBack) return true;
    if (!isGrpcContent(headers["content-type"]) || !isForGrpc(headers[":path"] ?? "")) {
      onOther(stream, headers);
      return false;
    }
    return onGrpc(stream, headers, () => {
      isGivenBack = true;
      Reflect.apply(serveStream, server, [[], stream, headers]);
      isGivenBack = false;
    });
  };
  Reflect.set(server, CONTENT_TYPE_CHECK, isGrpc);
}

/**
 * The HTTP/2 server inside a grpc-js server that has a connection injector and nothing else to listen on.
 *
 * @throws Error when grpc-js no longer keeps it where it did.
 */
export function http2ServerOf(server: Server): Http2Server {
  const servers: unknown = Reflect.get(server, "http2Servers");
  const [first] = servers instanceof Map ? servers.keys() : [];
  if (!(first instanceof EventEmitter)) throw new Error("this version of grpc-js has no http2Servers");
  return first as Http2Server;
}

/** Whether a content type is that of native gRPC: `application/grpc`, `application/grpc+proto`, not `application/grpc-web`. */
export function isGrpcContent(contentType: string | undefined): boolean {
  return /^application\/grpc(?:[+;]|$)/i.test(contentType ?? "");
}
