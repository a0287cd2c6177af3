import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";

/** What is asked, of whom, and how. */
export interface Load {
  readonly port: number;
  readonly path: string;
  /** A file with the body. */
  readonly body: string;
  readonly contentType?: string;
}

/** Connections, and calls at a time on each. */
const CONNECTIONS = 4;
const CALLS = 16;

const run = promisify(execFile);

/** Sends a number of requests as fast as they are answered, from the second processor. @returns bytes of the bodies. */
export async function flood(load: Load, requests: number): Promise<number> {
  const counts = ["-n", `${requests}`, "-c", `${CONNECTIONS}`, "-m", `${CALLS}`];
  const report = await h2load([...counts, ...argumentsOf(load)]);
  const [, succeeded] = /(\d+) succeeded/.exec(report) ?? [];
  const [, bytes] = /\((\d+)\) data$/m.exec(report) ?? [];
  if (Number(succeeded) !== requests) throw new Error(`of ${requests} requests ${succeeded} were answered`);
  return Number(bytes);
}

/** Sends requests at a fixed rate. @returns how long each took, in milliseconds, in rising order. */
export async function pace(
  load: Load,
  options: { readonly rate: number; readonly seconds: number; readonly folder: string },
): Promise<readonly number[]> {
  const log = join(options.folder, "latencies");
  const count = options.rate * options.seconds;
  await h2load([
    ...["-c", "1", "-m", "64", "-n", `${count}`, `--rps=${options.rate}`, `--log-file=${log}`],
    ...argumentsOf(load),
  ]);
  const lines = readFileSync(log, "utf8").trimEnd().split("\n");
  return lines.map((line) => Number(line.split("\t")[2]) / 1000).sort((a, b) => a - b);
}

function argumentsOf({ port, path, body, contentType = "application/grpc" }: Load): readonly string[] {
  const headers = ["-H", `content-type: ${contentType}`, "-H", "te: trailers"];
  return ["-d", body, ...headers, `http://127.0.0.1:${port}${path}`];
}

async function h2load(argv: readonly string[]): Promise<string> {
  const { stdout } = await run("taskset", ["-c", "1", "h2load", ...argv], {
    timeout: 600_000,
    maxBuffer: 1 << 26,
  });
  return stdout;
}
