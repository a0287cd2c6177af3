import { get } from "node:http";
import { MAX_PORT, MIN_PORT, parsePort } from "../net/port.ts";
import { printable } from "../policy/quote.ts";
import { DEFAULT_ADMIN_PORT } from "../transport/server.ts";
import type { Command } from "./command.ts";
import { readFlags } from "./flags.ts";
import type { Io } from "./io.ts";

/** How long a server may take to answer, in milliseconds: less than the time-out that probes have by default. */
const TIMEOUT_MS = 900;

/** `redirect-planner healthcheck`: asks the server of this machine whether it takes calls. */
export const healthcheckCommand: Command = {
  help: `Asks the server of this machine whether it takes calls, for probes in images that have no other program.

Usage: redirect-planner healthcheck

Variables:
  ADMIN_PORT   The admin port of the server. Default: ${DEFAULT_ADMIN_PORT}
  LISTEN_HOST  The address that the server listens on. Default: any of this machine

Exit codes: 0 it does, 1 it does not, or nothing answers, 2 the command line is wrong.
`,
  run: healthcheck,
};

async function healthcheck(argv: readonly string[], { env, stderr }: Io): Promise<number> {
  readFlags(argv, {});
  const given = env["ADMIN_PORT"] || String(DEFAULT_ADMIN_PORT);
  const port = parsePort(given);
  const host = env["LISTEN_HOST"] ?? "";
  const answer = port.ok
    ? await ask(ANY_ADDRESS.includes(host) ? "127.0.0.1" : host, port.value)
    : `is not a number from ${MIN_PORT} to ${MAX_PORT}`;
  if (answer === "ok") return 0;
  stderr.write(`redirect-planner: port ${printable(given)}: ${answer}\n`);
  return 1;
}

/** What a server listens on that takes connections to every address, loopback's too. */
const ANY_ADDRESS: readonly string[] = ["", "0.0.0.0", "::"];

/** `ok`, or why not. */
function ask(host: string, port: number): Promise<string> {
  return new Promise((resolve) => {
    const target = { host, port, path: "/readyz", timeout: TIMEOUT_MS, agent: false };
    const request = get(target, (response) => {
      response.resume();
      resolve(response.statusCode === 200 ? "ok" : `answers ${response.statusCode}`);
    });
    request.on("timeout", () => request.destroy(new Error(`no answer within ${TIMEOUT_MS} ms`)));
    request.on("error", ({ message }) => resolve(message));
  });
}
