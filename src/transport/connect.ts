import { createContextValues } from "@connectrpc/connect";
import {
  createAsyncIterable,
  type UniversalHandler,
  type UniversalServerResponse,
} from "@connectrpc/connect/protocol";
import { universalRequestFromNodeRequest, universalResponseToNodeResponse } from "@connectrpc/connect-node";
import type { BeginCall } from "../observe/call.ts";
import type { Logger } from "../observe/logger.ts";
import type { Route, StreamRoute } from "../service/routes.ts";
import { internalError, malformedRequest, ServiceError } from "../service/service-error.ts";
import type { Admission, AdmissionOf } from "./admission.ts";
import { connectHandler } from "./connect-routes.ts";
import { type Exchange, notServed, protocolOf, refuse } from "./exchange.ts";
import { isOver } from "./grpc-streams.ts";
import type { Limits } from "./limits.ts";
import type { Load, Share } from "./load.ts";
import { peerOf } from "./peer.ts";
import { outcome, progressKey, verdict } from "./progress.ts";
import { readyBody } from "./ready-body.ts";
import { limitRequestTime } from "./request-time.ts";
import { createStopping, type Stopping } from "./stopping.ts";
import { serveStream } from "./stream-call.ts";

/** Serves an HTTP request of either version. Never throws. */
export type ServeRequest = (request: Exchange["request"], response: Exchange["response"]) => void;

/** What the Connect side needs. */
export interface ConnectOptions {
  readonly routes: readonly Route[];
  readonly limits: Limits;
  readonly admissionOf: AdmissionOf;
  readonly load: Load;
  /** Aborted when the server begins to stop. */
  readonly stopping: AbortSignal;
  readonly beginCall: BeginCall;
  readonly logger: Logger;
}

/**
 * Connect, gRPC-Web and JSON, over HTTP/1 and HTTP/2, and the streams of native gRPC.
 *
 * Unary calls are served by connect-node. What its own adapter does badly is done here: it throws on a request whose host
 * is absent or no part of a URL, destroys the connection of a body that is too large before the answer is out, and blames
 * itself (INTERNAL) for messages that are malformed. And it sees a call only when it is to be computed: its work for one
 * exceeds that of a plan.
 */
export function createConnectServer(options: ConnectOptions): ServeRequest {
  const { routes, admissionOf, beginCall, logger, limits } = options;
  const stopping = createStopping(options.stopping);
  const methods = new Map(
    routes.map((route) => [route.path, methodOf(route, admissionOf(route), limits)] as const),
  );
  return (request, response) => {
    const path = (request.url ?? "").split("?", 1)[0] ?? "";
    const { headers } = request;
    const protocol = protocolOf(headers["content-type"]);
    const call = beginCall({ path, protocol, headers, peer: peerOf(request.socket) });
    const progress = { understood: false, notes: call };
    const exchange = { request, response, path, protocol, call, progress } as const;
    response.once("close", () => call.end(outcome(exchange.progress, response.writableEnded)));
    serve(exchange, methods.get(path), { ...options, stopping }).catch((error: unknown) => {
      if ("stream" in response ? isOver(response.stream) : response.destroyed) return;
      logger.error({ err: error, method: path }, "a call could not be answered");
      if (response.writableEnded) return;
      if (response.headersSent) response.destroy();
      else refuse(exchange, internalError());
    });
  };
}

/** A method of a path. */
type Method = UnaryMethod | { readonly kind: "stream"; readonly route: StreamRoute };

interface UnaryMethod {
  readonly kind: "unary";
  readonly handler: UniversalHandler;
  readonly admission: Admission;
}

function methodOf(route: Route, admission: Admission, limits: Limits): Method {
  return route.kind === "stream"
    ? { kind: "stream", route }
    : { kind: "unary", handler: connectHandler(route, limits.messageBytes), admission };
}

async function serve(
  exchange: Exchange,
  method: Method | undefined,
  { limits, load, stopping }: Omit<ConnectOptions, "stopping"> & { readonly stopping: Stopping },
): Promise<void> {
  const { request, response, path } = exchange;
  const share = load.share();
  response.once("close", share.clear);
  // A stream may last.
  if (method?.kind !== "stream") limitRequestTime(request, response, limits.requestMs);
  const authority = ("authority" in request && request.authority) || request.headers.host;
  // gRPC's C core names a unix socket by its path there; the streams of native gRPC come here and need no URL.
  if (method?.kind !== "stream" && !isAuthority(authority)) {
    refuse(exchange, malformedRequest(authority ? "the host is no part of a URL" : "it names no host"));
    return;
  }
  switch (method?.kind) {
    case "unary":
      return serveUnary(exchange, method, limits, share);
    case "stream":
      return serveStream(exchange, method.route, { limits, share, stopping });
    case undefined:
      refuse(exchange, new ServiceError("UNIMPLEMENTED", `there is no method at ${path}`), 404);
  }
}

async function serveUnary(
  exchange: Exchange,
  { handler, admission }: UnaryMethod,
  limits: Limits,
  share: Share,
): Promise<void> {
  const { request, response, progress } = exchange;
  const body = await readyBody(exchange, { admission, share, messageBytes: limits.messageBytes });
  const values = createContextValues().set(progressKey, progress);
  const answer = await handler({
    ...universalRequestFromNodeRequest(request, response, undefined, values),
    body: createAsyncIterable([body]),
  });
  const judged = verdict(progress, limits.messageBytes);
  switch (judged.kind) {
    case "refuse":
      refuse(exchange, judged.error);
      return;
    case "fault":
      throw judged.fault;
    case "send":
      // An answer that came before the request was read: see `reject`.
      if (!progress.understood) request.resume();
      if (answer.body === undefined) refuse(exchange, notServed(request, UNARY_TYPES), answer.status);
      else await universalResponseToNodeResponse({ ...answer, body: sent(exchange, answer.body) }, response);
  }
}

/** The content types of unary calls; connect-node answers 405, 415 or 505 and nothing else to others. */
const UNARY_TYPES = "application/json, application/proto or application/grpc-web+proto";

async function* sent(
  { call }: Exchange,
  body: NonNullable<UniversalServerResponse["body"]>,
): AsyncGenerator<Uint8Array> {
  for await (const chunk of body) {
    call.responseBytes += chunk.byteLength;
    yield chunk;
  }
}

/** Whether a Host header, or the `:authority` of HTTP/2, can stand in a URL. connect-node puts it into one. */
function isAuthority(authority: string | undefined): boolean {
  return authority !== undefined && !/[/?#@\\\s]/.test(authority) && URL.canParse(`http://${authority}`);
}
