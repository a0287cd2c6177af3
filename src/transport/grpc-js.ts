import { constants, type Http2Server, type IncomingHttpHeaders, type ServerHttp2Stream } from "node:http2";
import type { Duplex } from "node:stream";
import { Server, ServerCredentials, ServerInterceptingCall } from "@grpc/grpc-js";
import type { OpenCall } from "../observe/call.ts";
import type { UnaryRoute } from "../service/routes.ts";
import { ServiceError } from "../service/service-error.ts";
import type { AdmissionOf } from "./admission.ts";
import { countingCall, encoded, handlerOf, same } from "./grpc-handlers.ts";
import { isOver, takeStreams } from "./grpc-streams.ts";
import type { Limits } from "./limits.ts";
import type { Load } from "./load.ts";
import { refuseStream } from "./plain-calls.ts";

/** What grpc-js is to serve. */
export interface GrpcJsOptions {
  readonly routes: readonly UnaryRoute[];
  readonly limits: Limits;
  readonly admissionOf: AdmissionOf;
  readonly load: Load;
}

/** grpc-js, which holds the HTTP/2 connections and serves the streams that it is given. */
export interface GrpcJs {
  /** Emits the streams of all connections. */
  readonly http2: Http2Server;
  readonly accept: (connection: Duplex) => void;
  /** Serves a unary call, whose stream is as it came. */
  readonly serve: (stream: ServerHttp2Stream, headers: IncomingHttpHeaders, call: OpenCall) => void;
}

/** Unary gRPC by grpc-js. */
export function createGrpcJs({ routes, limits, admissionOf, load }: GrpcJsOptions): GrpcJs {
  // Set when a stream arrives and taken by the interceptor, which grpc-js makes before it returns from that event.
  let arriving: OpenCall | undefined;
  const server = new Server({
    "grpc.max_receive_message_length": limits.messageBytes,
    "grpc.max_concurrent_streams": limits.streams,
    "grpc.max_connection_age_ms": limits.connectionAgeMs,
    "grpc.max_connection_age_grace_ms": limits.connectionAgeGraceMs,
    "grpc.keepalive_time_ms": limits.pingMs,
    "grpc.enable_channelz": 0,
    interceptors: [
      (_method, call) => {
        const counted = arriving;
        arriving = undefined;
        return counted === undefined ? new ServerInterceptingCall(call) : countingCall(call, counted);
      },
    ],
  });
  for (const route of routes) {
    server.register(route.path, handlerOf(route, admissionOf(route)), same, encoded, "unary");
  }
  const injector = server.createConnectionInjector(ServerCredentials.createInsecure());
  const { http2, serveByGrpc } = takeStreams(server);
  return {
    http2,
    accept: (connection) => {
      connection.allowHalfOpen = false;
      injector.injectConnection(connection);
    },
    serve(stream, headers, call) {
      // It may have ended since it came.
      if (isOver(stream)) {
        stream.resume();
        return;
      }
      // It takes the type in small letters only.
      headers["content-type"] = headers["content-type"]?.toLowerCase();
      arriving = call;
      serveByGrpc(stream, headers);
      const isAnswered = stream.headersSent;
      if (!isAnswered) boundBytes(stream, load, limits.messageBytes);
    },
  };
}

/** Refuses a call whose bytes, which grpc-js gathers, there is no room for. */
function boundBytes(stream: ServerHttp2Stream, load: Load, messageBytes: number): void {
  const share = load.share();
  let isFirst = true;
  const onData = (chunk: Buffer): void => {
    try {
      // What is compressed may become a message of any size that is allowed.
      share.add(isFirst && chunk.at(0) === 1 ? messageBytes : chunk.byteLength);
      isFirst = false;
    } catch (error) {
      if (!(error instanceof ServiceError)) throw error;
      stream.off("data", onData);
      refuseStream(stream, error);
      stream.close(constants.NGHTTP2_NO_ERROR);
    }
  };
  stream.on("data", onData).once("close", share.clear);
}
