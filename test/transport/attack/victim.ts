import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { setTimeout as wait } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { type Answer, type Client, encode } from "../clients/client.ts";
import { connectClient } from "../clients/connect.ts";
import { grpc } from "../clients/grpc.ts";

const MAIN = fileURLToPath(new URL("../../../src/main.ts", import.meta.url));

/** What bounds the heap, as the limit of memory does in a deployment. */
const HEAP = "--max-old-space-size=128";

/** A server in a process of its own, which attacks are made on. */
export interface Victim {
  readonly port: number;
  readonly isAlive: () => boolean;
  /** The most memory that it has had since the last call of this, in MiB, as the kernel counts it (VmHWM). */
  readonly peakMemory: () => number;
  /** What it wrote so far that is no line of its log, nor a plain one: what Node warns of, errors. */
  readonly complaints: readonly string[];
  readonly kill: () => void;
}

/** Starts a server with the limits of a deployment, and time-outs that a test can wait for. */
export async function startVictim(): Promise<Victim> {
  const server: ChildProcess = spawn(
    process.execPath,
    [HEAP, MAIN, "serve", "--port", "0", "--host", "127.0.0.1"],
    {
      stdio: ["ignore", "ignore", "pipe"],
      env: {
        ...process.env,
        ...{ ADMIN_PORT: "0", PORT: "", LOG_LEVEL: "info" },
        ...{ HEADERS_TIMEOUT_MS: "500", REQUEST_TIMEOUT_MS: "1000", MAX_IDLE_MS: "60000" },
      },
    },
  );
  if (server.stderr === null) throw new Error("the server has no log");
  const lines = createInterface(server.stderr);
  const [line] = await once(lines, "line");
  const complaints: string[] = [];
  lines.on("line", (text) => {
    if (!text.startsWith('{"level":"info"')) complaints.push(text);
  });
  return {
    port: JSON.parse(String(line)).port,
    complaints,
    isAlive: () => server.exitCode === null && server.signalCode === null,
    peakMemory() {
      const status = readFileSync(`/proc/${server.pid}/status`, "utf8");
      const peak = Number(/^VmHWM:\s*(\d+) kB$/m.exec(status)?.[1]) / 1024;
      // 5 sets the peak to what there is now (proc(5)).
      writeFileSync(`/proc/${server.pid}/clear_refs`, "5");
      return Math.round(peak);
    },
    kill: () => server.kill("SIGKILL"),
  };
}

/** Asks as a client with a retry policy does: again, when the server says when. */
async function answerOf(client: Client, port: number): Promise<Pick<Answer, "code" | "message">> {
  for (let attempt = 1; ; attempt++) {
    try {
      const answer = await client.call(port, encode(client.format, {}));
      if (answer.retryMs === undefined || attempt === 4) return answer;
      await wait(answer.retryMs);
    } catch (error) {
      return { code: "BROKEN", message: String(error) };
    }
  }
}

/** What became of good requests. */
export interface GoodRequests {
  answered: number;
  readonly failed: string[];
}

/** Sends good requests, over gRPC and as JSON, one after the other while an attack lasts. */
export async function withGoodRequests(port: number, attack: Promise<unknown>): Promise<GoodRequests> {
  const good: GoodRequests = { answered: 0, failed: [] };
  let attacked = true;
  const ask = async (): Promise<void> => {
    for (const client of [grpc, connectClient("json", "HTTP/1.1")]) {
      const { code, message } = await answerOf(client, port);
      if (code === "OK") good.answered++;
      else good.failed.push(`${client.name}: ${code}: ${message}`);
    }
  };
  const asked = (async () => {
    while (attacked) await ask();
    await ask();
  })();
  try {
    await attack;
  } finally {
    attacked = false;
    await asked;
  }
  return good;
}
