import { after, before } from "node:test";
import { createLogger } from "../../src/observe/logger.ts";
import { type RunningServer, type ServerOptions, startServer } from "../../src/transport/server.ts";

/** A server for the tests of a file, and what it logged. */
export interface TestServer {
  /** Where it listens on the loopback address. Only while tests run. */
  readonly port: number;
  /** The lines of its log so far. */
  readonly log: readonly Readonly<Record<string, unknown>>[];
}

/** Starts a server on a free port before the tests of the file, and stops it after them. */
export function testServer(options: ServerOptions = {}): TestServer {
  const log: Record<string, unknown>[] = [];
  const logger = createLogger({ destination: { write: (line) => log.push(JSON.parse(line)) } });
  let server: RunningServer | undefined;
  before(async () => {
    server = await startServer({
      port: 0,
      host: "127.0.0.1",
      logger,
      ...options,
      limits: { drainMs: 500, lingerMs: 0, ...options.limits },
    });
  });
  after(() => server?.stop());
  return {
    get port() {
      if (server === undefined) throw new Error("the server has not started");
      return server.port;
    },
    log,
  };
}
