import { beginTrace, type CallTrace, type Headers } from "./trace.ts";

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
  /** Who called: a name of its certificate, else its address. Undefined for a unix socket. */
  readonly peer?: string | undefined;
  /** `x-request-id`, where the caller or a proxy gave one that is short and plain. */
  readonly requestId?: string | undefined;
  /** How many messages a stream had; undefined for a unary call. */
  readonly messages?: Readonly<MessageCount> | undefined;
  /** The digest of the plan that was the answer. Undefined for every other call. */
  readonly digest?: string | undefined;
  /** Request and response of a unary call, where the log is told to have them. */
  readonly payload?: Payload | undefined;
  /** Where the call stands in a trace: see `CallTrace`. Undefined when it is in none. */
  readonly traceparent?: string | undefined;
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
  messages: MessageCount | undefined;
  digest: string | undefined;
  payload: Payload | undefined;
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
export function watchCalls(watch: CallWatch): BeginCall {
  const paths = new Set(watch.served);
  return (arrived) => {
    watch.start(arrived.path);
    return new WatchedCall(arrived, paths.has(arrived.path), watch.report);
  };
}

/** Keeps nothing of the headers, which may be large, until the call ends. */
class WatchedCall implements OpenCall {
  requestBytes = 0;
  responseBytes = 0;
  messages: MessageCount | undefined;
  digest: string | undefined;
  payload: Payload | undefined;
  readonly #start = performance.now();
  readonly #path: string;
  readonly #protocol: CallProtocol;
  readonly #peer: string | undefined;
  readonly #requestId: string | undefined;
  readonly #trace: CallTrace;
  readonly #report: ReportCall;

  constructor({ path, protocol, headers, peer }: ArrivedCall, isServed: boolean, report: ReportCall) {
    this.#path = path;
    this.#protocol = protocol;
    this.#peer = peer === "" ? undefined : peer;
    this.#requestId = requestIdOf(headers);
    this.#trace = beginTrace(isServed ? path : undefined, protocol, headers);
    this.#report = report;
  }

  end(code: string): void {
    this.#trace.end(code);
    this.#report({
      method: this.#path,
      protocol: this.#protocol,
      code,
      durationMs: Math.round((performance.now() - this.#start) * 1000) / 1000,
      requestBytes: this.requestBytes,
      responseBytes: this.responseBytes,
      peer: this.#peer,
      requestId: this.#requestId,
      messages: this.messages,
      digest: this.digest,
      payload: this.payload,
      traceparent: this.#trace.traceparent,
    });
  }
}

/** What a log line can take as it is. */
const PLAIN = /^[\x21-\x7e]{1,128}$/;

function requestIdOf({ "x-request-id": requestId }: Headers): string | undefined {
  return typeof requestId === "string" && PLAIN.test(requestId) ? requestId : undefined;
}
