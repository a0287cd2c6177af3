import { after, before } from "node:test";
import { createLogger } from "../../src/observe/logger.ts";
import { type RunningServer, type ServerOptions, startServer } from "../../src/transport/server.ts";
import type { Target } from "./clients/endpoint.ts";
import { PLAINTEXT, type Way } from "./ways.ts";

/** A server for the tests of a file, and what it logged. */
export interface TestServer {
  /** Where it listens on the loopback address; 0 for a unix socket. Only while tests run. */
  readonly port: number;
  /** How clients reach it. Only while tests run. */
  readonly target: Target;
  /** The lines of its log so far. */
  readonly log: readonly Readonly<Record<string, unknown>>[];
}

/** Starts a server before the tests of the file or of the suite, and stops it after them. */
export function testServer(options: ServerOptions = {}, way: Way = PLAINTEXT): TestServer {
  const log: Record<string, unknown>[] = [];
  const logger = createLogger({ destination: { write: (line) => log.push(JSON.parse(line)) } });
  let server: RunningServer | undefined;
  let target: Target | undefined;
  before(async () => {
    const prepared = way.prepare();
    server = await startServer({
      port: 0,
      host: "127.0.0.1",
      logger,
      ...options,
      ...prepared.options,
      limits: { drainMs: 500, lingerMs: 0, ...options.limits },
    });
    target = prepared.target(server.port);
  });
  after(() => server?.stop());
  const started = <T>(value: T | undefined): T => {
    if (value === undefined) throw new Error("the server has not started");
    return value;
  };
  return {
    get port() {
      return started(server).port;
    },
    get target() {
      return started(target);
    },
    log,
  };
}
