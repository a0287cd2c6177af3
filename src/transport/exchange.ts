import type {
  universalRequestFromNodeRequest,
  universalResponseToNodeResponse,
} from "@connectrpc/connect-node";
import type { CallProtocol, OpenCall } from "../observe/call.ts";
import { ServiceError } from "../service/service-error.ts";
import { isGrpcContent } from "./grpc-streams.ts";
import type { Progress } from "./progress.ts";
import { reject } from "./reject.ts";

/** One request on its way through, of either version of HTTP. */
export interface Exchange {
  readonly request: Parameters<typeof universalRequestFromNodeRequest>[0];
  readonly response: Parameters<typeof universalResponseToNodeResponse>[1];
  readonly path: string;
  readonly protocol: CallProtocol;
  readonly call: OpenCall;
  readonly progress: Progress;
}

/** The protocol that a content type belongs to; Connect, whose errors anybody can read, for one that is unknown. */
export function protocolOf(contentType: string | undefined): CallProtocol {
  if (isGrpcContent(contentType)) return "grpc";
  return /^application\/grpc-web/i.test(contentType ?? "") ? "grpc-web" : "connect";
}

/** The body of a request. A reader that stops early must not destroy the connection, which the answer still needs. */
export async function* received({ request, call }: Exchange, heard?: () => void): AsyncGenerator<Uint8Array> {
  for await (const chunk of request.iterator({ destroyOnReturn: false })) {
    heard?.();
    call.requestBytes += chunk.byteLength;
    yield chunk;
  }
}

/** Answers with an error that no handler gave: see {@link reject}. */
export function refuse(exchange: Exchange, error: ServiceError, httpStatus?: number): void {
  const { request, response, protocol, progress, call } = exchange;
  progress.failure = error;
  call.responseBytes = reject(request, response, protocol, error, httpStatus);
}

/** The error of a request with a method, a content type or a version of HTTP that its path does not take. */
export function notServed(request: Exchange["request"], contentTypes: string): ServiceError {
  const type = request.headers["content-type"] ?? "none";
  return new ServiceError(
    "UNIMPLEMENTED",
    `${request.method} with content type ${type} over HTTP/${request.httpVersion} is not served here; ` +
      `POST ${contentTypes}`,
  );
}
