import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";

/** A program that serves on a port of its choice. */
export interface Child {
  /** What it said when it began to listen: the first group of the pattern. */
  readonly said: string;
  readonly pid: number;
  /** Ends it, and resolves when it is gone. */
  readonly stop: (signal?: NodeJS.Signals) => Promise<void>;
}

/** How long a program may take until it listens. */
const START_MS = 60_000;

/**
 * Starts a program and waits until it prints a line, on either output, that fits a pattern.
 *
 * @throws Error with all that it printed when it ends before, or takes longer than a minute.
 */
export async function startChild(
  [program, ...args]: readonly [string, ...string[]],
  env: Readonly<Record<string, string>>,
  ready: RegExp,
): Promise<Child> {
  const child = spawn(program, args, { env: { ...process.env, ...env }, stdio: ["ignore", "pipe", "pipe"] });
  const printed: string[] = [];
  const said = await new Promise<string>((resolve, reject) => {
    const fail = (why: string): void => reject(new Error([`${program} ${why}`, ...printed].join("\n")));
    const timer = setTimeout(() => fail("does not listen"), START_MS);
    for (const output of [child.stdout, child.stderr]) {
      createInterface(output).on("line", (line) => {
        printed.push(line);
        const [, group] = ready.exec(line) ?? [];
        if (group !== undefined) resolve(group);
      });
    }
    child.once("error", (error) => fail(error.message));
    child.once("exit", (code, signal) => {
      clearTimeout(timer);
      fail(`ended with ${code ?? signal}`);
    });
  });
  return {
    said,
    pid: child.pid ?? 0,
    async stop(signal = "SIGTERM") {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill(signal);
      await once(child, "exit");
    },
  };
}
