import { fileURLToPath } from "node:url";
import { run } from "../../src/cli/main.ts";

/** What a run of the command line printed, and its exit code. */
export interface CliResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** The surroundings of a run. */
export interface CliSurroundings {
  /** Text, bytes, or a stream of them. Default: empty. */
  readonly stdin?: string | Uint8Array | AsyncIterable<Uint8Array>;
  /** Default: no variables at all. */
  readonly env?: Readonly<Record<string, string>>;
  /** Whether both outputs are terminals. Default false. */
  readonly terminal?: boolean;
}

/** Runs the command line in this process. */
export async function runCli(
  argv: readonly string[],
  { stdin = "", env = {}, terminal = false }: CliSurroundings = {},
): Promise<CliResult> {
  const printed = { stdout: "", stderr: "" };
  const stream = (name: keyof typeof printed) => ({
    isTTY: terminal,
    write: (text: string) => {
      printed[name] += text;
    },
  });
  const code = await run(argv, {
    stdin: typeof stdin === "string" || stdin instanceof Uint8Array ? chunk(stdin) : stdin,
    stdout: stream("stdout"),
    stderr: stream("stderr"),
    env,
  });
  return { code, ...printed };
}

async function* chunk(content: string | Uint8Array): AsyncGenerator<string | Uint8Array> {
  yield content;
}

/** The path of a fixture of these tests. */
export function fixture(name: string): string {
  return fileURLToPath(new URL(`fixtures/${name}`, import.meta.url));
}
