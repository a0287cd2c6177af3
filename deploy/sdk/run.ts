import { spawnSync } from "node:child_process";
import { delimiter, dirname, join } from "node:path";
import type { Command } from "./languages.ts";

/** The top of the repository, where all commands run. */
export const ROOT = dirname(dirname(import.meta.dirname));

/**
 * Runs a command; what it prints goes to standard error.
 *
 * @param tools a folder with generators: its `bin` is looked through first, and Python finds packages in it.
 * @throws Error when it fails.
 */
export function run({ line: [program, ...args], env }: Command, tools: string): void {
  const path = [join(tools, "bin"), join(ROOT, "node_modules/.bin"), process.env["PATH"]].join(delimiter);
  const { status, error } = spawnSync(program, args, {
    cwd: ROOT,
    env: { ...process.env, PATH: path, PYTHONPATH: tools, ...env },
    stdio: ["ignore", process.stderr, process.stderr],
  });
  if (status !== 0) throw new Error(`${program} ${args[0]}: ${error?.message ?? `exit code ${status}`}`);
}
