import { type SpawnSyncReturns, spawnSync } from "node:child_process";
import { delimiter, join } from "node:path";
import { ROOT } from "./deploy-files.ts";

/** Where `npm run install:deploy` puts programs. Not in version control. */
const INSTALLED = join(ROOT, "node_modules/.cache/deploy-tools/bin");

/** What was installed for the tests comes before what the machine happens to have. */
const PATH = [INSTALLED, process.env["PATH"]].join(delimiter);

/** Runs a program to its end. `error` tells that there is no such program. */
export function run(program: string, args: readonly string[], cwd?: string): SpawnSyncReturns<string> {
  return spawnSync(program, args, {
    ...(cwd !== undefined && { cwd }),
    env: { ...process.env, PATH },
    encoding: "utf8",
    maxBuffer: 16 * 1024 * 1024,
  });
}

/** Why a test that runs a program is skipped, which is said aloud too; false when the machine has the program. */
export function lackingProgram(program: string): string | false {
  if (run(program, ["--help"]).error === undefined) return false;
  process.stderr.write(`NOT TESTED: this machine has no ${program}\n`);
  return `needs ${program}`;
}
