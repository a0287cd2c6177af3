/**
 * What becomes of calls when more come than one processor can answer: how many are planned and how many are turned away,
 * and how long each kind waits. `node test/bench/overload.ts [FILE]`, with the bundle that `npm run build` makes: calls of
 * `Plan` over gRPC, each with ranges that were never seen, at multiples of what the server can do; a call is sent when it
 * is due, whether or not those before it were answered. Prints a table, and writes the figures as JSON to the file.
 */
import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { type ClientHttp2Session, connect } from "node:http2";
import { setTimeout } from "node:timers/promises";
import { create, toBinary } from "@bufbuild/protobuf";
import { PlanRequestSchema } from "../../src/gen/redirect/v1/plan_pb.ts";
import { frame } from "../../src/transport/frames.ts";
import { apartRanges } from "./lists.ts";
import { startMeasured } from "./measured-server.ts";
import { plan } from "./references/plan.ts";
import { BUNDLE } from "./server-subjects.ts";
import { printTable, writeFigures } from "./table.ts";

const PORT = 19_600;
const SECONDS = 6;
const MULTIPLES = [0.5, 1, 2, 4] as const;

/** Ranges of a request: enough that to plan takes much longer than to send. */
const RANGES = 1_000;
/** More mesh configs than the server keeps, asked for in turn: each is forgotten when it comes again. */
const MESH_CONFIGS = 200;
/** How many calls are under way while the capacity is measured. */
const WIDTH = 16;
const CONNECTIONS = 4;
/** What gRPC's clients come to in a while by themselves: answers do not wait for a client that has room for none. */
const WINDOW_BYTES = 16 * 1024 * 1024;

/** A call that was answered. */
interface Call {
  readonly status: "planned" | "refused";
  readonly ms: number;
}

let sent = 0;
const outboundIpRangeExclusionList = [...apartRanges(RANGES)];
const bodies = Array.from({ length: MESH_CONFIGS }, (_, index) => {
  const traffic = { outboundIpRangeExclusionList, outboundPortExclusionList: [20_000 + index] };
  return frame(toBinary(PlanRequestSchema, create(PlanRequestSchema, { meshConfig: { spec: { traffic } } })));
});

execFileSync("npm", ["run", "--silent", "build"]);
const command = [process.execPath, BUNDLE, "serve", "--port", `${PORT}`, "--host", "127.0.0.1"];
const server = await startMeasured(PORT, command, { ADMIN_PORT: "0", LOG_LEVEL: "warn" });
const sessions: readonly ClientHttp2Session[] = Array.from({ length: CONNECTIONS }, () =>
  connect(`http://127.0.0.1:${PORT}`, { settings: { initialWindowSize: WINDOW_BYTES } }),
);
try {
  await Promise.all(sessions.map((session) => once(session, "remoteSettings")));
  for (const session of sessions) session.setLocalWindowSize(WINDOW_BYTES);
  await capacity();
  const most = await capacity();
  const rows: (readonly [multiple: number, calls: readonly Call[]])[] = [];
  for (const multiple of MULTIPLES) rows.push([multiple, await offered(most * multiple)]);
  report(most, rows, process.argv[2]);
} finally {
  for (const session of sessions) session.destroy();
  await server.stop();
}

async function call(): Promise<Call> {
  const number = sent++;
  const start = performance.now();
  const session = sessions[number % CONNECTIONS];
  if (session === undefined) throw new Error("there is a connection for every number");
  const stream = session.request({
    ":method": "POST",
    ":path": plan.path,
    "content-type": "application/grpc",
    te: "trailers",
  });
  stream.end(bodies[number % MESH_CONFIGS]);
  let status: unknown;
  stream.on("response", (headers) => {
    status = headers["grpc-status"];
  });
  stream.on("trailers", (trailers) => {
    status ??= trailers["grpc-status"];
  });
  stream.resume();
  await once(stream, "close");
  const ms = performance.now() - start;
  if (status === "0") return { status: "planned", ms };
  if (status === "14") return { status: "refused", ms };
  throw new Error(`a call got ${status}`);
}

/** Plans a second, when a few callers ask again as soon as they are answered. */
async function capacity(): Promise<number> {
  const end = performance.now() + SECONDS * 500;
  let planned = 0;
  const caller = async (): Promise<void> => {
    while (performance.now() < end) {
      await call();
      planned += 1;
    }
  };
  await Promise.all(Array.from({ length: WIDTH }, caller));
  return planned / (SECONDS / 2);
}

/** What became of calls that come at a rate, by the clock. */
async function offered(rate: number): Promise<readonly Call[]> {
  const start = performance.now();
  const calls: Promise<Call>[] = [];
  while (performance.now() - start < SECONDS * 1_000) {
    const due = Math.floor(((performance.now() - start) / 1_000) * rate);
    while (calls.length < due) calls.push(call());
    await setTimeout(1);
  }
  return Promise.all(calls);
}

function report(
  most: number,
  rows: readonly (readonly [multiple: number, calls: readonly Call[]])[],
  file: string | undefined,
): void {
  const figures = rows.map(([multiple, calls]) => {
    const times = (status: Call["status"]) =>
      calls
        .filter((each) => each.status === status)
        .map(({ ms }) => ms)
        .sort((a, b) => a - b);
    const [planned, refused] = [times("planned"), times("refused")];
    return {
      multiple,
      offered: calls.length / SECONDS,
      planned: planned.length / SECONDS,
      refused: refused.length / SECONDS,
      plannedMs: { p50: share(planned, 0.5), p99: share(planned, 0.99) },
      refusedMs: { p50: share(refused, 0.5), p99: share(refused, 0.99) },
    };
  });
  const ms = (value: number | undefined): string => (value === undefined ? "" : value.toFixed(0));
  printTable([
    [
      "offered",
      "calls a second",
      "planned",
      "turned away",
      "planned p50 ms",
      "p99 ms",
      "turned away p50 ms",
      "p99 ms",
    ],
    ...figures.map((row) => [
      `${row.multiple}x`,
      row.offered.toFixed(0),
      row.planned.toFixed(0),
      row.refused.toFixed(0),
      ms(row.plannedMs.p50),
      ms(row.plannedMs.p99),
      ms(row.refusedMs.p50),
      ms(row.refusedMs.p99),
    ]),
  ]);
  writeFigures(file, { name: "overload", ranges: RANGES, capacity: most, rows: figures });
}

/** The figure that such a part of others is not over; absent when there is none. */
function share(sorted: readonly number[], part: number): number | undefined {
  return sorted[Math.ceil(sorted.length * part) - 1];
}
