import { once } from "node:events";
import { createServer, type Socket } from "node:net";
import { RedirectPlanner } from "../gen/redirect/v1/redirect_planner_pb.ts";
import { createLogger, type Logger } from "../observe/logger.ts";
import type { Handlers } from "../service/handlers.ts";
import { redirectPlanner } from "../service/planner.ts";
import { createRoutes } from "../service/routes.ts";
import { createConnectServer } from "./connect.ts";
import { createGrpcEndpoint } from "./grpc.ts";
import { createHttp1Endpoint, createStreamServer } from "./http.ts";
import { DEFAULT_LIMITS, type Limits } from "./limits.ts";
import { sniff } from "./sniff.ts";

/** Settings of a server. */
export interface ServerOptions {
  /** Default 9000. 0: any free port. */
  readonly port?: number;
  /** The address to listen on. Default: every address, IPv6 and IPv4. */
  readonly host?: string;
  /** Default: one that writes to standard error at level `info`. */
  readonly logger?: Logger;
  /** What differs from the default limits. */
  readonly limits?: Partial<Limits>;
  /** What serves the methods. Default: the planner. */
  readonly handlers?: Handlers<typeof RedirectPlanner>;
}

/** A server that listens. */
export interface RunningServer {
  readonly port: number;
  /**
   * Takes no more connections, lets the calls under way end, and resolves when every connection is closed: at the
   * latest after the limit `drainMs`, when what is left is cut off.
   */
  readonly stop: () => Promise<void>;
}

/** The port of a server that is not told another. */
export const DEFAULT_PORT = 9000;

/**
 * Serves the planner on one port: gRPC over HTTP/2; Connect, gRPC-Web and JSON over HTTP/1 and HTTP/2.
 *
 * @throws Error when the port cannot be had (`EADDRINUSE`, `EACCES`).
 */
export async function startServer(options: ServerOptions = {}): Promise<RunningServer> {
  const logger = options.logger ?? createLogger();
  const limits = { ...DEFAULT_LIMITS, ...options.limits };
  const report = (call: object): void => logger.info(call, "call");
  const routes = createRoutes(RedirectPlanner, options.handlers ?? redirectPlanner, (fault, path) =>
    logger.error({ err: fault, method: path }, "the planner has a bug"),
  );

  const serve = createConnectServer({ routes, messageBytes: limits.messageBytes, report, logger });
  const http1 = createHttp1Endpoint(serve, limits);
  const grpc = createGrpcEndpoint({ routes, limits, report, serveOther: createStreamServer(serve, limits) });

  const connections = new Set<Socket>();
  /** The connections that have not said yet what they speak. */
  const undecided = new Set<Socket>();
  // An HTTP/1 client may close its side when it has sent its request, and still wants the answer.
  const listener = createServer({ noDelay: true, allowHalfOpen: true }, (socket) => {
    connections.add(socket);
    undecided.add(socket);
    socket.once("close", () => {
      connections.delete(socket);
      undecided.delete(socket);
    });
    sniff(socket, limits.headersMs, (protocol) => {
      undecided.delete(socket);
      (protocol === "http2" ? grpc : http1).accept(socket);
    });
  });
  listener.listen(options.port ?? DEFAULT_PORT, options.host);
  await once(listener, "listening");
  // One connection that cannot be accepted, for want of file descriptors say, must not end the others.
  listener.on("error", (error) => logger.error({ err: error }, "a connection could not be accepted"));
  const address = listener.address();
  if (address === null || typeof address === "string") throw new Error("the server listens on no port");

  const stop = async (): Promise<void> => {
    const closed = once(listener, "close");
    listener.close();
    for (const socket of undecided) socket.destroy();
    http1.drain();
    grpc.drain();
    const cutOff = setTimeout(() => {
      for (const socket of connections) socket.destroy();
    }, limits.drainMs);
    await closed;
    clearTimeout(cutOff);
  };
  return { port: address.port, stop };
}
