import { printable } from "../policy/quote.ts";
import type { Command } from "./command.ts";
import { InputError } from "./input-error.ts";
import type { Io } from "./io.ts";
import { paintFor } from "./output/palette.ts";
import { suggestion } from "./suggestion.ts";
import { UsageError } from "./usage-error.ts";
import { VERSION } from "./version.ts";

/** A command's place in the list. What it needs is loaded when it is asked for: `plan` does not wait for a server. */
interface CommandEntry {
  readonly name: string;
  readonly summary: string;
  readonly load: () => Promise<Command>;
}

const COMMANDS: readonly CommandEntry[] = [
  {
    name: "plan",
    summary: "Plan pods: print the script, the rules, or the whole plan",
    load: async () => (await import("./plan-command.ts")).planCommand,
  },
  {
    name: "explain",
    summary: "Explain what happens to packets, rule by rule",
    load: async () => (await import("./explain-command.ts")).explainCommand,
  },
  {
    name: "verify",
    summary: "Prove what rules do to every packet, or refute it by one",
    load: async () => (await import("./verify-command.ts")).verifyCommand,
  },
  {
    name: "compare",
    summary: "Compare two sets of rules: the packets whose fate differs",
    load: async () => (await import("./compare-command.ts")).compareCommand,
  },
  {
    name: "audit",
    summary: "Find the pods of a cluster that run other rules than the mesh config asks",
    load: async () => (await import("./audit-command.ts")).auditCommand,
  },
  {
    name: "serve",
    summary: "Serve gRPC, gRPC-Web, Connect and JSON over HTTP on one port",
    load: async () => (await import("./serve-command.ts")).serveCommand,
  },
  {
    name: "healthcheck",
    summary: "Ask the server of this machine whether it takes calls",
    load: async () => (await import("./healthcheck-command.ts")).healthcheckCommand,
  },
];

const HELP = `Plans the iptables rules that redirect a pod's TCP traffic through its mesh sidecar.

Usage: redirect-planner <command> [flags]

Commands:
${COMMANDS.map(({ name, summary }) => `  ${name.padEnd(13)}${summary}`).join("\n")}

Flags:
  -h, --help   Print this help, or a command's: redirect-planner plan --help
  --version    Print the version

Example: the script of the init container of one pod
  redirect-planner plan -f meshconfig.yaml -f pod.yaml

Exit codes: 0 done, 1 an input was refused, 2 the command line is wrong.
`;

/**
 * The command line.
 *
 * @param argv the arguments without the program's name.
 * @param io the streams and the environment; `process` will do.
 * @returns the exit code: 0 done, 1 an input was refused, 2 the command line is wrong.
 */
export async function run(argv: readonly string[], io: Io): Promise<number> {
  const [name, ...rest] = argv;
  try {
    return await dispatch(name, rest, io);
  } catch (error) {
    const paint = paintFor(io.stderr, io.env);
    if (error instanceof UsageError) {
      const known = COMMANDS.find((command) => command.name === name);
      const help = known === undefined ? "redirect-planner --help" : `redirect-planner ${known.name} --help`;
      for (const fault of error.faults) io.stderr.write(`redirect-planner: ${printable(fault)}\n`);
      io.stderr.write(`Try '${help}'.\n`);
      return 2;
    }
    if (error instanceof InputError) {
      for (const { where, message } of error.faults) {
        io.stderr.write(
          `${paint("bold", printable(where))}: ${paint("red", "error")}: ${printable(message)}\n`,
        );
      }
      return 1;
    }
    throw error;
  }
}

async function dispatch(name: string | undefined, argv: readonly string[], io: Io): Promise<number> {
  if (name === undefined) throw new UsageError("a command is missing");
  if (name === "--version") return print(io, `${VERSION}\n`);
  if (name === "--help" || name === "-h" || name === "help") {
    const about = COMMANDS.find((command) => command.name === argv[0]);
    return print(io, about === undefined ? HELP : (await about.load()).help);
  }
  const entry = COMMANDS.find((candidate) => candidate.name === name);
  if (entry === undefined) {
    const near = suggestion(
      name,
      COMMANDS.map((candidate) => candidate.name),
    );
    throw new UsageError(`unknown command '${name}'${near}`);
  }
  const command = await entry.load();
  if (argv.includes("--help") || argv.includes("-h")) return print(io, command.help);
  return await command.run(argv, io);
}

function print(io: Io, text: string): number {
  io.stdout.write(text);
  return 0;
}
