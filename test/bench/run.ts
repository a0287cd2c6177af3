/**
 * Runs benchmarks one after the other, each in a process of its own, and keeps their figures as JSON in `dist/bench`.
 * `npm run bench` runs all; `npm run bench -- engine apply` runs these.
 */
import { spawnSync } from "node:child_process";
import { mkdirSync, rmSync } from "node:fs";
import { join, relative } from "node:path";

/** Every benchmark: a program beside this one that prints a table, and writes its figures to the file it is given. */
const BENCHMARKS: Readonly<Record<string, string>> = {
  engine: "how long a plan takes, first and again, and how that grows with the number of ranges",
  growth: "how the time of a plan grows with the lists that callers and tenants write",
  apply: "how long a script takes in a fresh network namespace (as root)",
  analyze: "how long the proofs take, and how that grows with the number of ranges",
  server: "what the server makes of one processor and how long calls take, beside others (with h2load)",
  overload: "what becomes of calls when more come than the server can answer",
  start: "how long the shipped bundle takes to its first answer, and the memory that it then has",
  soak: "whether memory stays level over a million mixed requests (with h2load)",
  audit: "what an audit of a cluster takes, by the number of pods",
  "data-path": "how long connect() takes for a redirected connection (as root)",
};

const root = join(import.meta.dirname, "../..");
const results = join(root, "dist/bench");

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !Object.hasOwn(BENCHMARKS, name));
if (unknown.length > 0) {
  const names = Object.entries(BENCHMARKS).map(([name, what]) => `  ${name}: ${what}\n`);
  process.stderr.write(`no benchmark is called ${unknown.join(", ")}; there are\n${names.join("")}`);
  process.exit(2);
}

mkdirSync(results, { recursive: true });
const failed = Object.entries(BENCHMARKS)
  .filter(([name]) => wanted.length === 0 || wanted.includes(name))
  .filter(([name, what]) => !ran(name, what))
  .map(([name]) => name);
if (failed.length > 0) {
  process.stdout.write(`\nnot measured: ${failed.join(", ")}\n`);
  process.exitCode = 1;
}

/** Whether a benchmark ran to its end. */
function ran(name: string, what: string): boolean {
  const file = join(results, `${name}.json`);
  rmSync(file, { force: true });
  process.stdout.write(`\n${name}: ${what}\n\n`);
  const { status } = spawnSync(process.execPath, [join(import.meta.dirname, `${name}.ts`), file], {
    stdio: "inherit",
  });
  if (status === 0) process.stdout.write(`\nin ${relative(root, file)}\n`);
  return status === 0;
}
