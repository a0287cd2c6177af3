import { constants, type ServerHttp2Stream } from "node:http2";
import type { Duplex } from "node:stream";
import {
  Metadata,
  Server,
  ServerCredentials,
  ServerInterceptingCall,
  type ServerInterceptor,
  type ServerUnaryCall,
  type sendUnaryData,
  status,
} from "@grpc/grpc-js";
import type { BeginCall, OpenCall } from "../observe/call.ts";
import type { CallNotes, Route, UnaryRoute } from "../service/routes.ts";
import { retryDelay, ServiceError, STATUS_CODES } from "../service/service-error.ts";
import { encodeStatus } from "../service/status.ts";
import type { Admission, AdmissionOf } from "./admission.ts";
import { createFarewell } from "./farewell.ts";
import { http2ServerOf, type ServeStream, splitStreams } from "./grpc-streams.ts";
import { isEndless, readTimeout } from "./grpc-timeout.ts";
import type { Limits } from "./limits.ts";
import type { Load } from "./load.ts";
import { peerOf } from "./peer.ts";
import { answerPlain, refuseStream } from "./plain-calls.ts";
import type { Stoppable } from "./stop.ts";

/** What a gRPC endpoint needs. */
export interface GrpcEndpointOptions {
  readonly routes: readonly Route[];
  readonly limits: Limits;
  readonly admissionOf: AdmissionOf;
  readonly load: Load;
  readonly beginCall: BeginCall;
  /** Takes what is no unary call of gRPC. */
  readonly serveOther: ServeStream;
}

/** Serves HTTP/2 connections. */
export interface GrpcEndpoint extends Stoppable {
  readonly accept: (connection: Duplex) => void;
}

/**
 * The unary calls of gRPC by grpc-js; its streams would read sixteen messages ahead of who takes them. Messages reach the
 * routes as bytes: grpc-js answers INTERNAL to a message that it cannot decode, and that is the caller's fault.
 */
export function createGrpcEndpoint(options: GrpcEndpointOptions): GrpcEndpoint {
  const { routes, limits, admissionOf, load, beginCall, serveOther } = options;
  // Set when a stream arrives and taken by the interceptor, which grpc-js makes before it returns from that event.
  let arriving: OpenCall | undefined;
  const server = new Server({
    "grpc.max_receive_message_length": limits.messageBytes,
    "grpc.max_concurrent_streams": limits.streams,
    "grpc.max_connection_age_ms": limits.connectionAgeMs,
    "grpc.max_connection_age_grace_ms": limits.connectionAgeGraceMs,
    "grpc.max_connection_idle_ms": limits.idleMs,
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
  const plainRoutes = new Map(
    routes.flatMap((route) =>
      route.kind === "unary"
        ? [[route.path, { answer: route.answer, admission: admissionOf(route) }] as const]
        : [],
    ),
  );
  const streams = new Set(routes.filter(({ kind }) => kind === "stream").map(({ path }) => path));
  splitStreams(server, {
    isForGrpc: (path) => !streams.has(path),
    onGrpc(stream, headers, serve) {
      if (isEndless(String(headers["grpc-timeout"]))) delete headers["grpc-timeout"];
      endSlowRequest(stream, limits.requestMs);
      const path = headers[":path"] ?? "";
      const call = beginCall({ path, protocol: "grpc", headers, peer: peerOf(stream.session?.socket) });
      endWithStream(stream, call);
      const route = plainRoutes.get(path);
      const timeout = headers["grpc-timeout"];
      const timeoutMs = timeout === undefined ? undefined : readTimeout(String(timeout));
      // What has no body is over before anybody listens to it.
      if (
        route === undefined ||
        stream.endAfterHeaders ||
        (timeout !== undefined && timeoutMs === undefined)
      ) {
        arriving = call;
        return true;
      }
      answerPlain(stream, {
        ...route,
        call,
        timeoutMs,
        giveBack: () => {
          arriving = call;
          serve();
          boundBytes(stream, load, limits.messageBytes);
        },
      });
      return false;
    },
    onOther: serveOther,
  });
  for (const route of routes) {
    if (route.kind === "unary") {
      server.register(route.path, handlerOf(route, admissionOf(route)), same, encoded, "unary");
    }
  }
  const injector = server.createConnectionInjector(ServerCredentials.createInsecure());
  const { announce, close } = createFarewell(http2ServerOf(server));
  return {
    accept: (connection) => {
      connection.allowHalfOpen = false;
      injector.injectConnection(connection);
    },
    announceStop: announce,
    drain: close,
  };
}

/** An encoded request on its way through grpc-js. */
interface EncodedRequest {
  readonly message: Buffer;
  /** Of the call that it belongs to, from where it is counted. */
  notes: CallNotes;
}

const encoded = (message: Buffer): EncodedRequest => ({ message, notes: {} });
const same = (message: Buffer): Buffer => message;

function handlerOf(route: UnaryRoute, { admit }: Admission) {
  return (call: ServerUnaryCall<EncodedRequest, Buffer>, respond: sendUnaryData<Buffer>): void =>
    admit({
      servesAtOnce: true,
      // grpc-js tells the caller when the deadline passes.
      isOver: () => call.cancelled || Number(call.getDeadline()) <= Date.now(),
      refuse: (error) => respond(statusOf(error)),
      serve: () => {
        let answer: Uint8Array;
        try {
          answer = route.answer(call.request.message, call.request.notes);
        } catch (error) {
          respond(statusOf(error));
          return;
        }
        respond(null, Buffer.from(answer.buffer, answer.byteOffset, answer.byteLength));
      },
    });
}

/** Ends a stream whose request does not come to its end. */
function endSlowRequest(stream: ServerHttp2Stream, timeoutMs: number): void {
  const timer = setTimeout(() => stream.close(constants.NGHTTP2_CANCEL), timeoutMs);
  const forget = (): void => clearTimeout(timer);
  stream.on("end", forget).on("close", forget);
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

function statusOf(error: unknown) {
  if (!(error instanceof ServiceError)) throw error;
  const metadata = new Metadata();
  if (error.details.length > 0) metadata.set("grpc-status-details-bin", Buffer.from(encodeStatus(error)));
  // What clients with a retry policy go by (gRFC A6).
  const delayMs = retryDelay(error);
  if (delayMs !== undefined) metadata.set("grpc-retry-pushback-ms", String(delayMs));
  return { code: STATUS_CODES[error.code], details: error.message, metadata };
}

/** Ends a call when its stream closes. What it sent last is its status, whoever set it. */
function endWithStream(stream: ServerHttp2Stream, call: OpenCall): void {
  stream.on("close", () => {
    const sent = stream.sentTrailers?.["grpc-status"] ?? stream.sentHeaders?.["grpc-status"];
    call.end(status[Number(sent ?? status.CANCELLED)] ?? String(sent));
  });
}

function countingCall(next: Parameters<ServerInterceptor>[1], counted: OpenCall): ServerInterceptingCall {
  return new ServerInterceptingCall(next, {
    start(start) {
      start({
        onReceiveMessage(request: EncodedRequest, receive) {
          counted.requestBytes += request.message.byteLength;
          request.notes = counted;
          receive(request);
        },
      });
    },
    sendMessage(message: Buffer, send) {
      counted.responseBytes += message.byteLength;
      send(message);
    },
  });
}
