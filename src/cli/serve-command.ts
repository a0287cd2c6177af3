import { once } from "node:events";
import { setFlagsFromString } from "node:v8";
import { createLogger } from "../observe/logger.ts";
import { DEFAULT_PORT, type RunningServer, type ServerOptions, startServer } from "../transport/server.ts";
import type { Command } from "./command.ts";
import { InputError } from "./input-error.ts";
import type { Io } from "./io.ts";
import { readSettings } from "./serve/read-settings.ts";
import type { Settings } from "./serve/settings.ts";
import { settingsHelp } from "./serve/settings-text.ts";

/** `redirect-planner serve`: serves gRPC and HTTP until it is told to stop. */
export const serveCommand: Command = {
  help: `Serves the planner: gRPC, gRPC-Web, Connect and JSON over HTTP, all on one port.

Usage: redirect-planner serve [flags]

Flags, and the variables that stand in for them where they are not given:
${settingsHelp()}
The log goes to standard error, a JSON object a line; the first tells the port. SIGTERM and SIGINT end the
server when the calls under way are answered.

Examples:
  redirect-planner serve
  redirect-planner serve --port 8080 --host 127.0.0.1
  curl -H 'content-type: application/json' -d '{}' http://localhost:${DEFAULT_PORT}/redirect.v1.RedirectPlanner/Plan

Exit codes: 0 stopped, 1 the port cannot be had, 2 a flag or a variable is wrong; all that are wrong are told at once.
`,
  run: serve,
};

async function serve(argv: readonly string[], { env }: Io): Promise<number> {
  const settings = readSettings(argv, env);
  limitHeap();
  const { host, unixSocket } = settings;
  const logger = createLogger({ level: settings.logLevel });
  const server = await start({ ...serverOptions(settings), logger });
  const { port: listening, adminPort } = server;
  logger.info({ port: listening, adminPort, host, unixSocket }, "listening");
  const signal = await Promise.race([signalled("SIGTERM"), signalled("SIGINT")]);
  logger.info({ signal }, "stopping");
  await server.stop();
  return 0;
}

/** Keeps the memory of a server under load near to what it needs, which V8 would let grow to twice that, for little. */
function limitHeap(): void {
  // What a call leaves behind is collected as well from a small space of new objects.
  setFlagsFromString("--semi-space-growth-factor=1");
  // Old objects are collected when there are two and a half times as many as there were, in place of four: with half as
  // many more, collecting would take as long as the calls.
  setFlagsFromString("--heap-growing-percent=150");
}

function serverOptions(settings: Settings): ServerOptions & { readonly port: number } {
  const { port, adminPort, host, unixSocket, certFile, keyFile, clientCaFile, allowedClients } = settings;
  return {
    port,
    adminPort,
    limits: settings,
    logPayloads: settings.logPayloads === "on",
    ...(host !== undefined && { host }),
    ...(unixSocket !== undefined && { unixSocket }),
    ...(certFile !== undefined &&
      keyFile !== undefined && {
        tls: { certFile, keyFile, allowedClients, ...(clientCaFile !== undefined && { clientCaFile }) },
      }),
  };
}

async function start(options: ServerOptions & { readonly port: number }): Promise<RunningServer> {
  try {
    return await startServer(options);
  } catch (error) {
    const {
      code,
      port = options.port,
      message,
    } = error as NodeJS.ErrnoException & { readonly port?: number };
    throw new InputError({
      where: options.unixSocket ?? `port ${port}`,
      message:
        code === "EADDRINUSE"
          ? `is taken by another program; choose one with ${port === options.port ? "--port" : "ADMIN_PORT"}`
          : message,
    });
  }
}

async function signalled(signal: "SIGTERM" | "SIGINT"): Promise<string> {
  await once(process, signal);
  return signal;
}
