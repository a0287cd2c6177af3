import {
  type Context,
  context,
  ProxyTracerProvider,
  propagation,
  type Span,
  type SpanContext,
  SpanKind,
  SpanStatusCode,
  trace,
} from "@opentelemetry/api";
import type { CallProtocol } from "./call.ts";

/** Headers as Node has them. */
export type Headers = Readonly<Record<string, string | readonly string[] | undefined>>;

/** A call in the traces that it is a part of. */
export interface CallTrace {
  /**
   * `traceparent` (W3C Trace Context) of the call's own span; where nobody records spans, the one that came with the call,
   * if one did.
   */
  readonly traceparent: string | undefined;
  /** @param code The status by its name in gRPC. */
  readonly end: (code: string) => void;
}

/** A `traceparent`. One of a later version may be longer, and is not told. */
const TRACEPARENT = /^(?!ff)[\da-f]{2}-(?!0{32})[\da-f]{32}-(?!0{16})[\da-f]{16}-[\da-f]{2}$/;

/** The statuses that are a server's fault, by OpenTelemetry's conventions for RPC. */
const FAULTS: ReadonlySet<string> = new Set([
  "UNKNOWN",
  "DEADLINE_EXCEEDED",
  "UNIMPLEMENTED",
  "INTERNAL",
  "UNAVAILABLE",
  "DATA_LOSS",
]);

const NAME = "redirect-planner";

const tracer = trace.getTracer(NAME);

/**
 * Begins a span of a server for a call, by OpenTelemetry's conventions for RPC, in the trace that its headers tell. Whoever
 * registers an SDK of OpenTelemetry before the server starts gets the spans; else there are none.
 *
 * @param path Of the HTTP request; `undefined` for one that no method has.
 */
export function beginTrace(path: string | undefined, protocol: CallProtocol, headers: Headers): CallTrace {
  if (!hasSdk()) return unrecorded(checked(headers["traceparent"]));
  const system = protocol === "connect" ? "connectrpc" : "grpc";
  const span = tracer.startSpan(
    path?.slice(1) ?? system,
    {
      kind: SpanKind.SERVER,
      attributes: { "rpc.system.name": system, "rpc.method": path?.slice(1) ?? "_OTHER" },
    },
    parentOf(headers),
  );
  return { traceparent: formatted(span.spanContext()), end: (code) => endSpan(span, system, code) };
}

/** A call of which nobody records a span. */
function unrecorded(traceparent: string | undefined): CallTrace {
  return traceparent === undefined ? UNTRACED : { traceparent, end: nothing };
}

const nothing = (): void => {};
const UNTRACED: CallTrace = { traceparent: undefined, end: nothing };

/** Whether anybody makes spans. The provider that the API has from the start only stands in for one to come. */
function hasSdk(): boolean {
  const provider = trace.getTracerProvider();
  return !(provider instanceof ProxyTracerProvider) || provider.getDelegateTracer(NAME) !== undefined;
}

/** The span that an instrumentation of HTTP has begun for the request, if there is one; else the caller's. */
function parentOf(headers: Headers): Context {
  const active = context.active();
  return trace.getSpan(active) === undefined ? propagation.extract(active, headers) : active;
}

function endSpan(span: Span, system: string, code: string): void {
  if (!span.isRecording()) return;
  // Connect has no code for what went well, and the others in small letters.
  if (system === "grpc") span.setAttribute("rpc.response.status_code", code);
  else if (code !== "OK") span.setAttribute("rpc.response.status_code", code.toLowerCase());
  if (FAULTS.has(code)) {
    span.setAttribute("error.type", code);
    span.setStatus({ code: SpanStatusCode.ERROR });
  }
  span.end();
}

function formatted({ traceId, spanId, traceFlags }: SpanContext): string {
  return `00-${traceId}-${spanId}-${traceFlags.toString(16).padStart(2, "0")}`;
}

function checked(header: Headers[string]): string | undefined {
  return typeof header === "string" && TRACEPARENT.test(header) ? header : undefined;
}
