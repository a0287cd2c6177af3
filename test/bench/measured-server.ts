import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { connect } from "node:net";
import { setTimeout } from "node:timers/promises";

/** A server in a process of its own, on the first processor. */
export interface MeasuredServer {
  /** Seconds of the processor that it has used so far. */
  readonly seconds: () => number;
  /** Bytes of memory that it holds. */
  readonly residentBytes: () => number;
  readonly stop: () => Promise<void>;
}

/** Jiffies a second, which is how Linux counts for programs on every machine. */
const TICKS = 100;

/** How long a server may take to begin. */
const PATIENCE_MS = 60_000;

/** Starts a server, and waits until it listens. */
export async function startMeasured(
  port: number,
  command: readonly string[],
  env: NodeJS.ProcessEnv = {},
): Promise<MeasuredServer> {
  const child = spawn("taskset", ["-c", "0", ...command], {
    stdio: ["ignore", "ignore", "ignore"],
    env: { ...process.env, ...env },
  });
  const { pid } = child;
  if (pid === undefined) throw new Error("taskset cannot be started");
  await listening(port, child);
  return {
    seconds: () => {
      // Behind the name, which may have spaces: utime and stime are the 14th and 15th of proc(5), the name the second.
      const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.split(" ") ?? [];
      return (Number(fields[11]) + Number(fields[12])) / TICKS;
    },
    residentBytes: () => {
      const [, kib] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8")) ?? [];
      return Number(kib) * 1024;
    },
    async stop() {
      if (child.exitCode !== null) return;
      const exited = once(child, "exit");
      child.kill("SIGKILL");
      await exited;
    },
  };
}

async function listening(port: number, child: ChildProcess): Promise<void> {
  const until = Date.now() + PATIENCE_MS;
  while (!(await accepts(port))) {
    if (child.exitCode !== null || Date.now() > until) throw new Error(`nothing listens on port ${port}`);
    await setTimeout(50);
  }
}

async function accepts(port: number): Promise<boolean> {
  const socket = connect(port, "127.0.0.1");
  try {
    await once(socket, "connect");
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
