import { once } from "node:events";
import { createLogger, logLevel } from "../observe/logger.ts";
import {
  DEFAULT_ADMIN_PORT,
  DEFAULT_PORT,
  type RunningServer,
  type ServerOptions,
  startServer,
} from "../transport/server.ts";
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
  PORT                 The port, where --port does not give it
  ADMIN_PORT           The port of /livez, /readyz and /metrics; 0 takes any free one. Default: ${DEFAULT_ADMIN_PORT}
  UNIX_SOCKET          Path of a socket to listen on in place of the port
  TLS_CERT_FILE        PEM file of the server's certificate; with TLS_KEY_FILE, turns TLS on
  TLS_KEY_FILE         PEM file of its key
  TLS_CLIENT_CA_FILE   PEM file of the authorities that client certificates must come from
  TLS_ALLOWED_CLIENTS  Names, comma-separated, of which a client's certificate must have one
  LOG_LEVEL            silent, fatal, error, warn, info, debug or trace. Default: info

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
  const server = await start({
    port: chosen,
    logger,
    adminPort: readPort("ADMIN_PORT", env["ADMIN_PORT"] || String(DEFAULT_ADMIN_PORT)),
    ...(env["UNIX_SOCKET"] && { unixSocket: env["UNIX_SOCKET"] }),
    ...tlsOf(env),
    ...(host !== undefined && { host }),
  });
  const { port: listening, adminPort } = server;
  logger.info({ port: listening, adminPort, host, unixSocket: env["UNIX_SOCKET"] }, "listening");
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

function tlsOf(env: Io["env"]): Pick<ServerOptions, "tls"> {
  const certFile = env["TLS_CERT_FILE"];
  const keyFile = env["TLS_KEY_FILE"];
  const clientCaFile = env["TLS_CLIENT_CA_FILE"];
  const allowed = env["TLS_ALLOWED_CLIENTS"];
  if (!certFile && !keyFile) {
    const stray = clientCaFile ? "TLS_CLIENT_CA_FILE" : allowed ? "TLS_ALLOWED_CLIENTS" : undefined;
    if (stray !== undefined) throw new UsageError(`${stray} is set without TLS_CERT_FILE and TLS_KEY_FILE`);
    return {};
  }
  if (!certFile) throw new UsageError("TLS_KEY_FILE is set without TLS_CERT_FILE");
  if (!keyFile) throw new UsageError("TLS_CERT_FILE is set without TLS_KEY_FILE");
  if (allowed && !clientCaFile) throw new UsageError("TLS_ALLOWED_CLIENTS is set without TLS_CLIENT_CA_FILE");
  const allowedClients = (allowed ?? "").split(",").flatMap((name) => name.trim() || []);
  // An empty list would let every certificate of the authorities in.
  if (allowed && allowedClients.length === 0) throw new UsageError("TLS_ALLOWED_CLIENTS names nobody");
  return {
    tls: {
      certFile,
      keyFile,
      ...(clientCaFile && { clientCaFile }),
      allowedClients,
    },
  };
}

function readPort(source: string, text: string): number {
  if (/^\d{1,5}$/.test(text) && Number(text) <= 65535) return Number(text);
  throw new UsageError(`${source} '${text}': expected a port, 0 to 65535`);
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
