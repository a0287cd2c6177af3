import type { IncomingHttpHeaders, ServerHttp2Stream } from "node:http2";
import { status } from "@grpc/grpc-js";
import type { BeginCall, OpenCall } from "../observe/call.ts";
import type { Route } from "../service/routes.ts";
import { createFarewell } from "./farewell.ts";
import { createGrpcJs, type GrpcJs, type GrpcJsOptions } from "./grpc-js.ts";
import { isGrpcContent, isOver, type ServeStream } from "./grpc-streams.ts";
import { isEndless, readTimeout } from "./grpc-timeout.ts";
import { type Http2Connection, watchConnections } from "./http2-connections.ts";
import { answerPlain } from "./plain-calls.ts";
import { createSlowRequests } from "./slow-requests.ts";
import type { Stoppable } from "./stop.ts";

/** What a gRPC endpoint needs. */
export interface GrpcEndpointOptions extends Omit<GrpcJsOptions, "routes"> {
  readonly routes: readonly Route[];
  readonly beginCall: BeginCall;
  /** Takes what is no unary call of gRPC. */
  readonly serveOther: ServeStream;
}

/** Serves HTTP/2 connections. */
export interface GrpcEndpoint extends Stoppable, Pick<GrpcJs, "accept"> {}

/**
 * The unary calls of gRPC, and the HTTP/2 connections of everything else. Its streams are served elsewhere: grpc-js would
 * read sixteen messages ahead of who takes them.
 */
export function createGrpcEndpoint({ serveOther, ...options }: GrpcEndpointOptions): GrpcEndpoint {
  const { routes, limits } = options;
  const streams = new Set(routes.filter(({ kind }) => kind === "stream").map(({ path }) => path));
  const grpcJs = createGrpcJs({ ...options, routes: routes.filter((route) => route.kind === "unary") });
  const { http2 } = grpcJs;
  const serveUnary = unaryCalls(grpcJs, options);
  const beginStream = watchConnections(http2, limits.idleMs);
  http2.on("stream", (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => {
    // Of what breaks a stream its close tells as much; without a listener it would end the process.
    stream.on("error", ignore);
    // A client may have ended the stream, or its connection, behind the headers: who answers then, grpc-js and node:http2's
    // own `100 Continue` among them, makes node:http2 throw.
    if (isOver(stream)) {
      stream.resume();
      return;
    }
    const connection = beginStream(stream);
    const isUnary = isGrpcContent(headers["content-type"]) && !streams.has(headers[":path"] ?? "");
    if (isUnary) {
      serveUnary(stream, headers, connection);
      return;
    }
    if (connection !== undefined) stream.on("close", connection.endStream);
    serveOther(stream, headers);
  });
  const { announce, close } = createFarewell(http2);
  return { accept: grpcJs.accept, announceStop: announce, drain: close };
}

const ignore = (): void => {};

function unaryCalls(
  grpcJs: GrpcJs,
  { routes, limits, admissionOf, beginCall }: Omit<GrpcEndpointOptions, "serveOther">,
): (...call: [...Parameters<ServeStream>, connection: Http2Connection | undefined]) => void {
  const plainRoutes = new Map(
    routes.flatMap((route) =>
      route.kind === "unary"
        ? [[route.path, { answer: route.answer, admission: admissionOf(route) }] as const]
        : [],
    ),
  );
  const endSlowRequest = createSlowRequests(limits.requestMs);
  return (stream, headers, connection) => {
    if (isEndless(headers["grpc-timeout"])) delete headers["grpc-timeout"];
    endSlowRequest(stream);
    const path = headers[":path"] ?? "";
    const call = beginCall({ path, protocol: "grpc", headers, peer: connection?.peer ?? "" });
    endWithStream(stream, call, connection);
    const giveBack = (): void => grpcJs.serve(stream, headers, call);
    const route = plainRoutes.get(path);
    const waitsUntil = endOfPatience(headers["grpc-timeout"]);
    // What has no body is over before anybody listens to it.
    if (route === undefined || waitsUntil === undefined || stream.endAfterHeaders) giveBack();
    else answerPlain(stream, { route, call, waitsUntil, giveBack });
  };
}

/** By the clock of `performance.now`; Infinity for a caller without a deadline, undefined for text that is none. */
function endOfPatience(timeout: string | readonly string[] | undefined): number | undefined {
  if (timeout === undefined) return Number.POSITIVE_INFINITY;
  const timeoutMs = readTimeout(String(timeout));
  return timeoutMs === undefined ? undefined : performance.now() + timeoutMs;
}

/** Ends a call when its stream closes. What it sent last is its status, whoever set it. */
function endWithStream(
  stream: ServerHttp2Stream,
  call: OpenCall,
  connection: Http2Connection | undefined,
): void {
  stream.on("close", () => {
    connection?.endStream();
    const sent = stream.sentTrailers?.["grpc-status"] ?? stream.sentHeaders?.["grpc-status"];
    call.end(status[Number(sent ?? status.CANCELLED)] ?? String(sent));
  });
}
