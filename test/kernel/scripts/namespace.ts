import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { constants, tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { pathOf } from "./requirements.ts";

/** What a program did. */
export interface Outcome {
  /** Exit code; 128 and the signal's number for a program that a signal ended, as shells have it. */
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** How a program is run. */
export interface RunOptions {
  /** Beside a PATH with all programs of the system, and the lock file of this namespace. */
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string;
}

/** A network namespace of its own, with nothing in it but `lo`. */
export interface Namespace {
  /** A process inside, by which others enter it. */
  readonly pid: number;
  /** A folder for files of the test, removed with the namespace. */
  readonly folder: string;
  /** Runs a program inside. */
  run(program: string, args?: readonly string[], options?: RunOptions): Promise<Outcome>;
}

/**
 * Gives a body a fresh network namespace. A process holds it that ends when its input does, so that nothing is left
 * even when the test is killed.
 */
export async function inNamespace<T>(body: (namespace: Namespace) => Promise<T>): Promise<T> {
  const holder = spawn(pathOf("unshare"), ["--net", "sh", "-c", "ip link set lo up; echo; exec cat"], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const folder = mkdtempSync(join(tmpdir(), "redirect-planner-"));
  try {
    await new Promise<void>((resolve, reject) => {
      holder.stdout.once("data", () => resolve());
      holder.once("exit", () => reject(new Error("no namespace could be made")));
    });
    if (holder.pid === undefined) throw new Error("no namespace could be made");
    const { pid } = holder;
    return await body({ pid, folder, run: runner(pid, folder) });
  } finally {
    holder.removeAllListeners();
    holder.stdin.end();
    rmSync(folder, { recursive: true });
  }
}

function runner(holder: number, folder: string): Namespace["run"] {
  // The lock of iptables-legacy is a file of the machine: without one of its own, each namespace would wait for the others.
  const base = { PATH: "/usr/sbin:/usr/bin:/sbin:/bin", XTABLES_LOCKFILE: join(folder, "xtables.lock") };
  return async (program, args = [], { env = {}, input = "" } = {}) => {
    const enter = [`--net=/proc/${holder}/ns/net`, program, ...args];
    const child = spawn(pathOf("nsenter"), enter, { env: { ...base, ...env } });
    child.stdin.on("error", ignoreClosedPipe);
    child.stdin.end(input);
    const code = new Promise<number>((resolve, reject) => {
      child.once("error", reject);
      child.once("close", (status, signal) =>
        resolve(signal === null ? (status ?? -1) : 128 + constants.signals[signal]),
      );
    });
    const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
    return { code: await code, stdout, stderr };
  };
}

/** A program may end before it has read its input. */
function ignoreClosedPipe(error: NodeJS.ErrnoException): void {
  if (error.code !== "EPIPE") throw error;
}
