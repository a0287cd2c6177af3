import { get } from "node:http";
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

Exit codes: 0 it does, 1 it does not, or nothing answers, 2 the command line is wrong.
`,
  run: healthcheck,
};

async function healthcheck(argv: readonly string[], { env, stderr }: Io): Promise<number> {
  readFlags(argv, {});
  const port = env["ADMIN_PORT"] || String(DEFAULT_ADMIN_PORT);
  const answer = await ask(`http://127.0.0.1:${port}/readyz`);
  if (answer === "ok") return 0;
  stderr.write(`redirect-planner: port ${port}: ${answer}\n`);
  return 1;
}

/** `ok`, or why not. */
function ask(url: string): Promise<string> {
  return new Promise((resolve) => {
    try {
      const request = get(url, { timeout: TIMEOUT_MS, agent: false }, (response) => {
        response.resume();
        resolve(response.statusCode === 200 ? "ok" : `answers ${response.statusCode}`);
      });
      request.on("timeout", () => request.destroy(new Error(`no answer within ${TIMEOUT_MS} ms`)));
      request.on("error", ({ message }) => resolve(message));
    } catch (error) {
      resolve(error instanceof Error ? error.message : String(error));
    }
  });
}
