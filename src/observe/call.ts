import { beginTrace, type Headers } from "./trace.ts";

/** The protocols a call can come by. */
export type CallProtocol = "grpc" | "grpc-web" | "connect";

/** A call that came to its end, as a log line tells it. */
export interface FinishedCall {
  /** The path of the HTTP request, `/redirect.v1.RedirectPlanner/Plan`. Of a method that is not served, any text. */
  readonly method: string;
  readonly protocol: CallProtocol;
  /** The status by its name in gRPC. CANCELLED when the caller left before it got one. */
  readonly code: string;
  /** From the request's headers to the end of the response. */
  readonly durationMs: number;
  /** Bytes of the request's message or body, as far as it was read. */
  readonly requestBytes: number;
  /** Bytes of the response's message or body. */
  readonly responseBytes: number;
  /** Where the call stands in a trace: see `CallTrace`. Absent when it is in none. */
  readonly traceparent?: string;
}

/** A call whose headers have come. */
export interface ArrivedCall {
  readonly path: string;
  readonly protocol: CallProtocol;
  readonly headers: Headers;
}

/** Starts the clock of a call. */
export type BeginCall = (call: ArrivedCall) => OpenCall;

/** A call under way. Transports count its bytes and end it once. */
export interface OpenCall {
  requestBytes: number;
  responseBytes: number;
  readonly end: (code: string) => void;
}

/** Told of each call when it ends. */
export type ReportCall = (call: FinishedCall) => void;

/**
 * Watches calls.
 *
 * @param served The paths that have a method.
 */
export function watchCalls(served: readonly string[], report: ReportCall): BeginCall {
  const paths = new Set(served);
  return ({ path, protocol, headers }) => {
    const start = performance.now();
    const trace = beginTrace(paths.has(path) ? path : undefined, protocol, headers);
    const call: OpenCall = {
      requestBytes: 0,
      responseBytes: 0,
      end(code) {
        const { requestBytes, responseBytes } = call;
        const { traceparent } = trace;
        const durationMs = Math.round((performance.now() - start) * 1000) / 1000;
        trace.end(code);
        report({
          method: path,
          protocol,
          code,
          durationMs,
          requestBytes,
          responseBytes,
          ...(traceparent !== undefined && { traceparent }),
        });
      },
    };
    return call;
  };
}
