import type { Message } from "@bufbuild/protobuf";
import { ConnectError, createConnectRouter, type HandlerContext } from "@connectrpc/connect";
import type { UniversalHandler } from "@connectrpc/connect/protocol";
import { compressionBrotli, compressionGzip } from "@connectrpc/connect-node";
import { READ_OPTIONS } from "../service/codec.ts";
import type { UnaryRoute } from "../service/routes.ts";
import { ServiceError } from "../service/service-error.ts";
import { toConnectError } from "./connect-error.ts";
import { jsonOptions } from "./json-options.ts";
import { progressKey } from "./progress.ts";

/** A longer deadline than a timer of Node takes (2^31 - 1 ms, 24 days) is refused; the timer would fire at once. */
const MAX_TIMEOUT_MS = 2 ** 31 - 1;

/** Connect, gRPC-Web and JSON for a unary method. Native gRPC is not served here. */
export function connectHandler(route: UnaryRoute, messageBytes: number): UniversalHandler {
  const router = createConnectRouter({
    grpc: false,
    acceptCompression: [compressionGzip, compressionBrotli],
    readMaxBytes: messageBytes,
    maxTimeoutMs: MAX_TIMEOUT_MS,
    binaryOptions: READ_OPTIONS,
    jsonOptions: jsonOptions(route.method.input),
    requestGate: noteFailure,
  });
  router.rpc(route.method, (request, context) => serve(route, request, context));
  const [handler] = router.handlers;
  if (handler === undefined) throw new Error(`connect-node has no handler for ${route.path}`);
  return handler;
}

function serve(route: UnaryRoute, request: Message, context: HandlerContext): Message {
  const progress = context.values.get(progressKey);
  if (progress !== undefined) progress.understood = true;
  try {
    return route.handle(request, progress?.notes ?? {});
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error;
    if (progress !== undefined) progress.failure = error;
    throw toConnectError(error);
  }
}

/** connect-node aborts the signal of a call when it ends, with the error if there is one, before it sends it. */
function noteFailure({ signal, values }: HandlerContext): void {
  signal.addEventListener("abort", () => {
    const progress = values.get(progressKey);
    if (progress !== undefined && !isPlainAbort(signal.reason)) progress.failure ??= signal.reason;
  });
}

/** Whether a signal was aborted without a reason: the call ended well, or the client left. */
function isPlainAbort(reason: unknown): boolean {
  return !(reason instanceof ConnectError) && reason instanceof Error && reason.name === "AbortError";
}
