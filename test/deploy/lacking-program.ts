import { spawnSync } from "node:child_process";

/** Why a test that runs a program is skipped, which is said aloud too; false when the machine has the program. */
export function lackingProgram(program: string): string | false {
  if (spawnSync(program, ["--help"]).error === undefined) return false;
  process.stderr.write(`NOT TESTED: this machine has no ${program}\n`);
  return `needs ${program}`;
}
