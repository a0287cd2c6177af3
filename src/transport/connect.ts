import type { IncomingMessage, ServerResponse } from "node:http";
import type { Http2ServerRequest, Http2ServerResponse } from "node:http2";
import { createContextValues } from "@connectrpc/connect";
import type { UniversalHandler, UniversalServerResponse } from "@connectrpc/connect/protocol";
import { universalRequestFromNodeRequest, universalResponseToNodeResponse } from "@connectrpc/connect-node";
import { beginCall, type CallProtocol, type OpenCall, type ReportCall } from "../observe/call.ts";
import type { Logger } from "../observe/logger.ts";
import type { UnaryRoute } from "../service/routes.ts";
import { internalError, malformedRequest, ServiceError } from "../service/service-error.ts";
import { connectHandlers } from "./connect-routes.ts";
import { outcome, type Progress, progressKey, verdict } from "./progress.ts";
import { reject } from "./reject.ts";

type Request = IncomingMessage | Http2ServerRequest;
type Response = ServerResponse | Http2ServerResponse;

/** Serves an HTTP request of either version. Never throws. */
export type ServeRequest = (request: Request, response: Response) => void;

/** What the Connect side needs. */
export interface ConnectOptions {
  readonly routes: readonly UnaryRoute[];
  readonly messageBytes: number;
  readonly report: ReportCall;
  readonly logger: Logger;
}

/** One request on its way through. */
interface Exchange {
  readonly request: Request;
  readonly response: Response;
  readonly path: string;
  readonly protocol: CallProtocol;
  readonly call: OpenCall;
  readonly progress: Progress;
}

/**
 * Connect, gRPC-Web and JSON by connect-node, over HTTP/1 and HTTP/2.
 *
 * What connect-node's own adapter does badly is done here: it throws on a request whose host is absent or no part of a
 * URL, destroys the connection of a body that is too large before the answer is out, and blames itself (INTERNAL) for
 * messages that are malformed.
 */
export function createConnectServer({ routes, messageBytes, report, logger }: ConnectOptions): ServeRequest {
  const handlers = connectHandlers(routes, messageBytes);
  return (request, response) => {
    const path = (request.url ?? "").split("?", 1)[0] ?? "";
    const protocol = isGrpcWeb(request.headers["content-type"]) ? "grpc-web" : "connect";
    const call = beginCall(path, protocol, report);
    const exchange = { request, response, path, protocol, call, progress: { understood: false } } as const;
    response.once("close", () => call.end(outcome(exchange.progress, response.writableEnded)));
    serve(exchange, handlers.get(path), messageBytes).catch((error: unknown) => {
      if (response.destroyed) return;
      logger.error({ err: error, method: path }, "a call could not be answered");
      if (response.headersSent) response.destroy();
      else refuse(exchange, internalError());
    });
  };
}

async function serve(
  exchange: Exchange,
  handler: UniversalHandler | undefined,
  messageBytes: number,
): Promise<void> {
  const { request, response, path, progress } = exchange;
  const authority = ("authority" in request && request.authority) || request.headers.host;
  if (!isAuthority(authority)) {
    refuse(exchange, malformedRequest(authority ? "the host is no part of a URL" : "it names no host"));
    return;
  }
  if (handler === undefined) {
    refuse(exchange, new ServiceError("UNIMPLEMENTED", `there is no method at ${path}`), 404);
    return;
  }
  const values = createContextValues().set(progressKey, progress);
  const answer = await handler({
    ...universalRequestFromNodeRequest(request, response, undefined, values),
    body: received(exchange),
  });
  const judged = verdict(progress, messageBytes);
  switch (judged.kind) {
    case "refuse":
      refuse(exchange, judged.error);
      return;
    case "fault":
      throw judged.fault;
    case "send":
      // An answer that came before the request was read: see `reject`.
      if (!progress.understood) request.resume();
      if (answer.body === undefined) refuse(exchange, notServed(request), answer.status);
      else await universalResponseToNodeResponse({ ...answer, body: sent(exchange, answer.body) }, response);
  }
}

function refuse(exchange: Exchange, error: ServiceError, httpStatus?: number): void {
  const { request, response, protocol, progress, call } = exchange;
  progress.failure = error;
  call.responseBytes = reject(request, response, protocol, error, httpStatus);
}

/** connect-node answers 405, 415 or 505 and nothing else to these. */
function notServed(request: Request): ServiceError {
  const type = request.headers["content-type"] ?? "none";
  return new ServiceError(
    "UNIMPLEMENTED",
    `${request.method} with content type ${type} over HTTP/${request.httpVersion} is not served here; ` +
      "POST application/json, application/proto or application/grpc-web+proto",
  );
}

/** The body of a request. A reader that stops early must not destroy the connection, which the answer still needs. */
async function* received({ request, call }: Exchange): AsyncGenerator<Uint8Array> {
  for await (const chunk of request.iterator({ destroyOnReturn: false })) {
    call.requestBytes += chunk.byteLength;
    yield chunk;
  }
}

async function* sent(
  { call }: Exchange,
  body: NonNullable<UniversalServerResponse["body"]>,
): AsyncGenerator<Uint8Array> {
  for await (const chunk of body) {
    call.responseBytes += chunk.byteLength;
    yield chunk;
  }
}

function isGrpcWeb(contentType: string | undefined): boolean {
  return /^application\/grpc-web/i.test(contentType ?? "");
}

/** Whether a Host header, or the `:authority` of HTTP/2, can stand in a URL. connect-node puts it into one. */
function isAuthority(authority: string | undefined): boolean {
  return authority !== undefined && !/[/?#@\\\s]/.test(authority) && URL.canParse(`http://${authority}`);
}
