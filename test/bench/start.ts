/**
 * How long the shipped bundle takes from the start of its process to the first answer to `Plan`, beside a process that
 * does nothing, and the memory that it then has. `node test/bench/start.ts [FILE]`: prints a table of medians over rounds,
 * and writes the figures as JSON to the file.
 */
import { execFileSync, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { connect } from "node:http2";
import type { Readable } from "node:stream";
import { setTimeout } from "node:timers/promises";
import { toBinary } from "@bufbuild/protobuf";
import { PlanRequestSchema } from "../../src/gen/redirect/v1/plan_pb.ts";
import { frame } from "../../src/transport/frames.ts";
import { imageEnvironment } from "./image-environment.ts";
import { plan } from "./references/plan.ts";
import { planRequest } from "./requests.ts";
import { BUNDLE } from "./server-subjects.ts";
import { median, printTable, writeFigures } from "./table.ts";

const ROUNDS = 15;
const PORT = 19_400;
const MIB = 1024 * 1024;

/** How long a server that has answered is left alone before its memory is read. */
const REST_MS = 1_000;

const MOST_TIMES_BARE = 4;
const MOST_IDLE_BYTES = 80 * MIB;

interface Started {
  readonly ms: number;
  readonly idleBytes: number;
}

const body = frame(toBinary(PlanRequestSchema, planRequest("shop")));

execFileSync("npm", ["run", "--silent", "build"]);
// The first one reads the files from the disk.
await started(PORT);
const bare: number[] = [];
const rounds: Started[] = [];
for (let round = 0; round < ROUNDS; round++) {
  bare.push(bareMs());
  rounds.push(await started(PORT + round));
}
report(
  median(bare),
  median(rounds.map(({ ms }) => ms)),
  median(rounds.map(({ idleBytes }) => idleBytes)),
  process.argv[2],
);

/** A process that does nothing, from its start to its end. */
function bareMs(): number {
  const start = performance.now();
  spawnSync(process.execPath, ["-e", "0"]);
  return performance.now() - start;
}

/** Starts the bundle as its image does. */
async function started(port: number): Promise<Started> {
  const start = performance.now();
  const child = spawn(process.execPath, [BUNDLE, "serve"], {
    stdio: ["ignore", "ignore", "pipe"],
    env: { ...process.env, ...imageEnvironment(), PORT: `${port}`, ADMIN_PORT: "0" },
  });
  try {
    await listening(child.stderr);
    await firstAnswer(port);
    const ms = performance.now() - start;
    await setTimeout(REST_MS);
    const status = readFileSync(`/proc/${child.pid}/status`, "utf8");
    const [, kib] = /^VmRSS:\s+(\d+) kB$/m.exec(status) ?? [];
    return { ms, idleBytes: Number(kib) * 1024 };
  } finally {
    child.kill("SIGKILL");
    await once(child, "exit");
  }
}

/** Waits for the first line of the log, which tells the port, and lets those behind it pass. */
async function listening(log: Readable): Promise<void> {
  await once(log, "data");
  log.resume();
}

async function firstAnswer(port: number): Promise<void> {
  const session = connect(`http://127.0.0.1:${port}`);
  const stream = session.request({
    ":method": "POST",
    ":path": plan.path,
    "content-type": "application/grpc",
    te: "trailers",
  });
  stream.end(body);
  stream.resume();
  const [trailers] = await once(stream, "trailers");
  if (trailers["grpc-status"] !== "0") throw new Error(`the first answer is ${trailers["grpc-status"]}`);
  session.close();
}

function report(bareTime: number, time: number, idleBytes: number, file: string | undefined): void {
  const verdict = (met: boolean): string => (met ? "met" : "missed");
  const times = time / bareTime;
  printTable([
    ["what", "measured", "target", "verdict"],
    ["node that does nothing", `${bareTime.toFixed(0)} ms`, "", ""],
    ["the bundle, to its first answer", `${time.toFixed(0)} ms`, "", ""],
    [
      "to node that does nothing",
      times.toFixed(2),
      `<= ${MOST_TIMES_BARE}`,
      verdict(times <= MOST_TIMES_BARE),
    ],
    [
      "resident memory, idle",
      `${(idleBytes / MIB).toFixed(1)} MiB`,
      `<= ${MOST_IDLE_BYTES / MIB} MiB`,
      verdict(idleBytes <= MOST_IDLE_BYTES),
    ],
  ]);
  writeFigures(file, { name: "start", rounds: ROUNDS, bareMs: bareTime, firstAnswerMs: time, idleBytes });
}
