import { once } from "node:events";
import { createLogger, logLevel } from "../observe/logger.ts";
import { DEFAULT_PORT, type RunningServer, type ServerOptions, startServer } from "../transport/server.ts";
import type { Command } from "./command.ts";
import { readFlags } from "./flags.ts";
import { InputError } from "./input-error.ts";
import type { Io } from "./io.ts";
import { UsageError } from "./usage-error.ts";

/** `redirect-planner serve`: serves gRPC and HTTP until it is told to stop. */
export const serveCommand: Command = {
  help: `Serves the planner: gRPC, gRPC-Web, Connect and JSON over HTTP, all on one port.

Usage: redirect-planner serve [flags]

Flags:
      --port N      The port; 0 takes any free one. Default: the variable PORT, else ${DEFAULT_PORT}
      --host ADDR   The address to listen on. Default: all of them, IPv6 and IPv4

Variables:
  PORT        The port, where --port does not give it
  LOG_LEVEL   silent, fatal, error, warn, info, debug or trace. Default: info

The log goes to standard error, a JSON object a line; the first tells the port. SIGTERM and SIGINT end the
server when the calls under way are answered.

Examples:
  redirect-planner serve
  redirect-planner serve --port 8080 --host 127.0.0.1
  curl -H 'content-type: application/json' -d '{}' http://localhost:${DEFAULT_PORT}/redirect.v1.RedirectPlanner/Plan

Exit codes: 0 stopped, 1 the port cannot be had, 2 the command line is wrong.
`,
  run: serve,
};

async function serve(argv: readonly string[], { env }: Io): Promise<number> {
  const { port, host } = readFlags(argv, { port: { type: "string" }, host: { type: "string" } });
  const logger = createLogger({ level: levelOf(env) });
  const chosen =
    port === undefined ? readPort("PORT", env["PORT"] || String(DEFAULT_PORT)) : readPort("--port", port);
  const server = await start({ port: chosen, logger, ...(host !== undefined && { host }) });
  logger.info({ port: server.port, host }, "listening");
  const signal = await Promise.race([signalled("SIGTERM"), signalled("SIGINT")]);
  logger.info({ signal }, "stopping");
  await server.stop();
  return 0;
}

function levelOf(env: Io["env"]) {
  try {
    return logLevel(env);
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

function readPort(source: string, text: string): number {
  if (/^\d{1,5}$/.test(text) && Number(text) <= 65535) return Number(text);
  throw new UsageError(`${source} '${text}': expected a port, 0 to 65535`);
}

async function start(options: ServerOptions & { readonly port: number }): Promise<RunningServer> {
  try {
    return await startServer(options);
  } catch (error) {
    const inUse = error instanceof Error && "code" in error && error.code === "EADDRINUSE";
    const message = error instanceof Error ? error.message : String(error);
    throw new InputError({
      where: `port ${options.port}`,
      message: inUse ? "is taken by another program; choose one with --port" : message,
    });
  }
}

async function signalled(signal: "SIGTERM" | "SIGINT"): Promise<string> {
  await once(process, signal);
  return signal;
}
