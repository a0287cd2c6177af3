import assert from "node:assert/strict";
import { test } from "node:test";
import { propagation, SpanKind, SpanStatusCode, trace } from "@opentelemetry/api";
import { W3CTraceContextPropagator } from "@opentelemetry/core";
import { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider } from "@opentelemetry/sdk-trace";
import { redirectPlanner } from "../../src/service/planner.ts";
import { encode, pathOf } from "./clients/client.ts";
import { frame } from "./clients/connect.ts";
import { post } from "./clients/http.ts";
import { testServer } from "./test-server.ts";

const server = testServer({
  limits: { keptAnswerBytes: 0 },
  handlers: {
    ...redirectPlanner,
    plan(request) {
      if (request.options?.initContainerImage === "explode") throw new TypeError("a bug");
      return redirectPlanner.plan(request);
    },
  },
});

const TRACE_ID = "0af7651916cd43dd8448eb211c80319c";
const PARENT_ID = "b7ad6b7169203331";
const TRACEPARENT = `00-${TRACE_ID}-${PARENT_ID}-01`;

/** Every way in which a call begins: content type, version of HTTP, whether the message has a frame. */
const WAYS = [
  { system: "grpc", type: "application/grpc", version: "HTTP/2", framed: true },
  { system: "grpc", type: "application/grpc-web+proto", version: "HTTP/1.1", framed: true },
  { system: "connectrpc", type: "application/proto", version: "HTTP/2", framed: false },
  { system: "connectrpc", type: "application/proto", version: "HTTP/1.1", framed: false },
] as const;

type Request = Parameters<typeof encode>[1];

/** Calls a method, and gives the line that the log then has of it. */
async function call(
  way: (typeof WAYS)[number],
  request: Request,
  traceparent = TRACEPARENT,
  method = "Plan",
) {
  const bytes = encode("binary", request);
  const lines = server.log.length;
  const headers = { "content-type": way.type, traceparent };
  await post(way.version, server.port, pathOf(method), headers, way.framed ? frame(bytes) : bytes);
  for (;;) {
    const line = server.log.slice(lines).find(({ msg }) => msg === "call");
    if (line !== undefined) return line;
    await new Promise((resolve) => setImmediate(resolve));
  }
}

const exporter = new InMemorySpanExporter();

/** Registers an SDK, as `--import` does, for the rest of the tests. */
function register(): void {
  const spanProcessors = [new SimpleSpanProcessor({ exporter })];
  trace.setGlobalTracerProvider(new TracerProvider({ spanProcessors }));
  propagation.setGlobalPropagator(new W3CTraceContextPropagator());
}

test("without an SDK the log has the traceparent of the caller, and nothing that is none", async () => {
  for (const way of WAYS) {
    assert.equal((await call(way, {}))["traceparent"], TRACEPARENT, way.type);
    for (const bad of ["", "1", `ff${TRACEPARENT.slice(2)}`, TRACEPARENT.replace(TRACE_ID, "0".repeat(32))]) {
      assert.equal((await call(way, {}, bad))["traceparent"], undefined, `${way.type} ${bad}`);
    }
  }
});

test("with an SDK a call is a span of a server in the trace of its caller, which the log names", async () => {
  register();
  for (const way of WAYS) {
    const line = await call(way, {});
    const [span, ...others] = exporter.getFinishedSpans();
    assert.ok(span !== undefined && others.length === 0, way.type);
    exporter.reset();
    const { traceId, spanId } = span.spanContext();
    assert.deepEqual(
      [span.name, span.kind, traceId, span.parentSpanContext?.spanId, line["traceparent"]],
      [pathOf().slice(1), SpanKind.SERVER, TRACE_ID, PARENT_ID, `00-${TRACE_ID}-${spanId}-01`],
      way.type,
    );
    assert.deepEqual(
      span.attributes,
      {
        "rpc.system.name": way.system,
        "rpc.method": "redirect.v1.RedirectPlanner/Plan",
        ...(way.system === "grpc" && { "rpc.response.status_code": "OK" }),
      },
      way.type,
    );
  }
});

test("a span tells the status of its call, and is an error when that is the server's fault", async () => {
  for (const way of WAYS) {
    await call(way, { pod: { spec: { hostNetwork: true } } });
    await call(way, { options: { initContainerImage: "explode" } });
    await call(way, {}, TRACEPARENT, "Dance");
    const said = exporter
      .getFinishedSpans()
      .map(({ name, attributes, status }) => [
        name,
        attributes["rpc.method"],
        attributes["rpc.response.status_code"],
        status.code,
      ]);
    exporter.reset();
    const code = (name: string): string => (way.system === "grpc" ? name : name.toLowerCase());
    const plan = pathOf().slice(1);
    assert.deepEqual(
      said,
      [
        [plan, plan, code("INVALID_ARGUMENT"), SpanStatusCode.UNSET],
        [plan, plan, code("INTERNAL"), SpanStatusCode.ERROR],
        [way.system, "_OTHER", code("UNIMPLEMENTED"), SpanStatusCode.ERROR],
      ],
      way.type,
    );
  }
});
