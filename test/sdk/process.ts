import { spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";

/** A program to run. */
export interface Program {
  readonly line: readonly [program: string, ...args: string[]];
  readonly folder: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** What a program came to. */
export interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program to its end. The server of the tests lives in this process, so nothing here may block. */
export async function run({ line, folder, env }: Program, input = ""): Promise<Outcome> {
  const [program, ...args] = line;
  const child = spawn(program, args, { cwd: folder, env: { ...process.env, ...env } });
  // A program that ends early does not read its input to the end.
  child.stdin.on("error", () => {});
  child.stdin.end(input);
  const [stdout, stderr, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, "close"),
  ]);
  return { code: code as number | null, stdout, stderr };
}

/** Runs a program that must succeed. @throws Error with all that it printed when it does not. */
export async function succeed(program: Program): Promise<void> {
  const { code, stdout, stderr } = await run(program);
  if (code !== 0) throw new Error(`${program.line.join(" ")}: exit code ${code}\n${stdout}${stderr}`);
}
