import assert from "node:assert/strict";
import { EventEmitter, once } from "node:events";
import { after, before } from "node:test";
import { createLogger } from "../../src/observe/logger.ts";
import { type RunningServer, type ServerOptions, startServer } from "../../src/transport/server.ts";
import type { Target } from "./clients/endpoint.ts";
import { PLAINTEXT, type Way } from "./ways.ts";

/** A line of a log. */
export type Line = Readonly<Record<string, unknown>>;

/** A server for the tests of a file, and what it logged. */
export interface TestServer {
  /** Where it listens on the loopback address; 0 for a unix socket. Only while tests run. */
  readonly port: number;
  /** How clients reach it. Only while tests run. */
  readonly target: Target;
  /** The lines of its log so far. */
  readonly log: readonly Line[];
  /** The line that its log has next. A call may be logged behind its answer. */
  readonly nextLine: () => Promise<Line>;
}

/** What would have ended a server's process. node:test only mentions what is thrown outside a test. */
const uncaught: unknown[] = [];
process.on("uncaughtExceptionMonitor", (error) => uncaught.push(error));

/** Starts a server before the tests of the file or of the suite, and stops it after them. It fails if one would have ended it. */
export function testServer(options: ServerOptions = {}, way: Way = PLAINTEXT): TestServer {
  const log: Line[] = [];
  const written = new EventEmitter();
  const write = (text: string): void => {
    const line = JSON.parse(text) as Line;
    log.push(line);
    written.emit("line", line);
  };
  const logger = createLogger({ destination: { write } });
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
  after(async () => {
    await server?.stop();
    assert.deepEqual(uncaught, []);
  });
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
    async nextLine() {
      const [line] = await once(written, "line");
      return line as Line;
    },
  };
}
