import type { FinishedCall } from "./call.ts";
import type { Metric, Sample } from "./exposition.ts";

/** Seconds: a plan that is known takes microseconds, one with ten thousand ranges some hundred milliseconds. */
const BUCKETS = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1];

/** What a method that is not served is called: one name for all, so that a caller cannot make series. */
const NOT_SERVED = "other";

/** A method that is served. */
export interface ServedMethod {
  /** The path of its HTTP requests. */
  readonly path: string;
  readonly type: "unary" | "client_stream" | "server_stream" | "bidi_stream";
}

/** The calls of a method. */
interface MethodCalls {
  readonly labels: Readonly<Record<"grpc_type" | "grpc_service" | "grpc_method", string>>;
  started: number;
  messagesReceived: number;
  messagesSent: number;
  /** How many ended with a status, by its name, over a protocol. */
  readonly ended: { readonly code: string; readonly protocol: string; count: number }[];
  /** How many took as long as a bucket, and longer than the one before it; in the last, longer than all. */
  readonly times: number[];
  seconds: number;
}

/** Counts calls under the names that gRPC servers usually have. */
export interface CallCounts {
  readonly start: (path: string) => void;
  readonly count: (call: FinishedCall) => void;
  readonly metrics: readonly Metric[];
}

/** Counters that cost a call next to nothing: what a scrape wants of them is made for the scrape. */
export function createCallCounts(methods: readonly ServedMethod[]): CallCounts {
  const served = new Map(methods.map((method) => [method.path, noCalls(method)]));
  const other = noCalls({ path: `/${NOT_SERVED}/${NOT_SERVED}`, type: "unary" });
  const of = (path: string): MethodCalls => served.get(path) ?? other;
  const met = (): readonly MethodCalls[] => [...served.values(), other].filter(({ started }) => started > 0);
  const counter = (name: string, help: string, value: (calls: MethodCalls) => number): Metric => ({
    name,
    type: "counter",
    help,
    samples: () => met().map((calls) => ({ labels: calls.labels, value: value(calls) })),
  });
  return {
    start: (path) => {
      of(path).started += 1;
    },
    count: (call) => add(of(call.method), call),
    metrics: [
      counter("grpc_server_started_total", "Calls that began.", ({ started }) => started),
      counter(
        "grpc_server_msg_received_total",
        "Messages of the calls that came to their end, from their callers.",
        ({ messagesReceived }) => messagesReceived,
      ),
      counter(
        "grpc_server_msg_sent_total",
        "Messages of the calls that came to their end, to their callers.",
        ({ messagesSent }) => messagesSent,
      ),
      {
        name: "grpc_server_handled_total",
        type: "counter",
        help: "Calls that came to their end, by status.",
        samples: () => met().flatMap(handled),
      },
      {
        name: "grpc_server_handling_seconds",
        type: "histogram",
        help: "Time from the headers of a call to the end of its answer.",
        samples: () => met().flatMap(handling),
      },
    ],
  };
}

function noCalls({ path, type }: ServedMethod): MethodCalls {
  const [service = NOT_SERVED, method = NOT_SERVED] = path.slice(1).split("/");
  return {
    labels: { grpc_type: type, grpc_service: service, grpc_method: method },
    started: 0,
    messagesReceived: 0,
    messagesSent: 0,
    ended: [],
    times: Array.from({ length: BUCKETS.length + 1 }, () => 0),
    seconds: 0,
  };
}

function add(calls: MethodCalls, { code, protocol, durationMs, messages }: FinishedCall): void {
  calls.messagesReceived += messages?.received ?? 1;
  calls.messagesSent += messages?.sent ?? (code === "OK" ? 1 : 0);
  // A list, since nearly all calls are of its first: to make a key takes longer than to look.
  const known = calls.ended.find((ended) => ended.code === code && ended.protocol === protocol);
  if (known === undefined) calls.ended.push({ code, protocol, count: 1 });
  else known.count += 1;
  const seconds = durationMs / 1000;
  const bucket = BUCKETS.findIndex((longest) => seconds <= longest);
  const index = bucket < 0 ? BUCKETS.length : bucket;
  calls.times[index] = (calls.times[index] ?? 0) + 1;
  calls.seconds += seconds;
}

function handled({ labels, ended }: MethodCalls): readonly Sample[] {
  return ended.map(({ code, protocol, count }) => ({
    labels: { ...labels, grpc_code: code, protocol },
    value: count,
  }));
}

/** Buckets count what is in those before them, too. */
function handling({ labels, times, seconds }: MethodCalls): readonly Sample[] {
  let value = 0;
  const buckets = times.map((count, index): Sample => {
    value += count;
    return { suffix: "_bucket", labels: { ...labels, le: String(BUCKETS[index] ?? "+Inf") }, value };
  });
  return [...buckets, { suffix: "_sum", labels, value: seconds }, { suffix: "_count", labels, value }];
}
