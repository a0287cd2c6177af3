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
  /** Who called: a name of its certificate, else its address. Absent for a unix socket. */
  readonly peer?: string;
  /** `x-request-id`, where the caller or a proxy gave one that is short and plain. */
  readonly requestId?: string;
  /** How many messages a stream had; absent for a unary call. */
  readonly messages?: Readonly<MessageCount>;
  /** The digest of the plan that was the answer. Absent for every other call. */
  readonly digest?: string;
  /** Request and response of a unary call, where the log is told to have them. */
  readonly payload?: Payload;
  /** Where the call stands in a trace: see `CallTrace`. Absent when it is in none. */
  readonly traceparent?: string;
}

/** Messages of a stream, from its caller and to it. */
export interface MessageCount {
  received: number;
  sent: number;
}

/** What a unary call said, as JSON. Without a response when it failed. */
export interface Payload {
  readonly request: unknown;
  response?: unknown;
}

/** A call whose headers have come. */
export interface ArrivedCall {
  readonly path: string;
  readonly protocol: CallProtocol;
  readonly headers: Headers;
  /** Who calls; empty when that is not known. */
  readonly peer: string;
}

/** Starts the clock of a call. */
export type BeginCall = (call: ArrivedCall) => OpenCall;

/** A call under way. Transports count its bytes and end it once. */
export interface OpenCall {
  requestBytes: number;
  responseBytes: number;
  /** Set by a stream. */
  messages?: MessageCount;
  digest?: string;
  payload?: Payload;
  readonly end: (code: string) => void;
}

/** Told of each call when it ends. */
export type ReportCall = (call: FinishedCall) => void;

/** Who watches calls. */
export interface CallWatch {
  /** The paths that have a method. */
  readonly served: readonly string[];
  readonly start: (path: string) => void;
  readonly report: ReportCall;
}

/** Watches calls from their beginning to their end. */
export function watchCalls({ served, start: started, report }: CallWatch): BeginCall {
  const paths = new Set(served);
  return ({ path, protocol, headers, peer }) => {
    const start = performance.now();
    started(path);
    const trace = beginTrace(paths.has(path) ? path : undefined, protocol, headers);
    const call: OpenCall = {
      requestBytes: 0,
      responseBytes: 0,
      end(code) {
        const { requestBytes, responseBytes, messages, digest, payload } = call;
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
          ...(peer !== "" && { peer }),
          ...requestIdOf(headers),
          ...(messages !== undefined && { messages }),
          ...(digest !== undefined && { digest }),
          ...(payload !== undefined && { payload }),
          ...(traceparent !== undefined && { traceparent }),
        });
      },
    };
    return call;
  };
}

/** What a log line can take as it is. */
const PLAIN = /^[\x21-\x7e]{1,128}$/;

function requestIdOf({ "x-request-id": requestId }: Headers): Pick<FinishedCall, "requestId"> {
  return typeof requestId === "string" && PLAIN.test(requestId) ? { requestId } : {};
}
