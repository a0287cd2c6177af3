import { once } from "node:events";
import { createServer, type Server, type Socket } from "node:net";
import { RedirectPlanner } from "../gen/redirect/v1/redirect_planner_pb.ts";
import { watchCalls } from "../observe/call.ts";
import { createLogger, type Logger } from "../observe/logger.ts";
import { createMetrics } from "../observe/metrics.ts";
import type { Handlers } from "../service/handlers.ts";
import { createKeptAnswers } from "../service/kept-answers.ts";
import { limitLists } from "../service/list-limit.ts";
import { redirectPlanner } from "../service/planner.ts";
import type { ReportFault } from "../service/routes.ts";
import { createServed, SERVED_METHODS } from "../service/served.ts";
import { startAdmin } from "./admin.ts";
import { type AdmissionOf, createAdmission, openAdmission } from "./admission.ts";
import { createConnectServer } from "./connect.ts";
import { createGrpcEndpoint } from "./grpc.ts";
import { createHttp1Endpoint, createStreamServer } from "./http.ts";
import { DEFAULT_LIMITS, type Limits } from "./limits.ts";
import { createLoad } from "./load.ts";
import { createBeginnings } from "./sniff.ts";
import { stopGracefully } from "./stop.ts";
import { createTlsServer, type TlsOptions } from "./tls.ts";
import { removeStaleSocket, restrictSocket } from "./unix-socket.ts";

/** Settings of a server. */
export interface ServerOptions {
  /** Default 9000. 0: any free port. */
  readonly port?: number;
  /** The address to listen on. Default: every address, IPv6 and IPv4. */
  readonly host?: string;
  /** Path of a unix socket to listen on in place of a port. One that is there already is replaced. Default: none. */
  readonly unixSocket?: string;
  /** Default: no TLS. With it, a connection that does not begin with a handshake is closed. */
  readonly tls?: TlsOptions;
  /** Port of the probes and metrics over HTTP; 0 takes any free one. Default: none. */
  readonly adminPort?: number;
  /** Default: one that writes to standard error at level `info`. */
  readonly logger?: Logger;
  /** Whether the log has what unary calls ask and are answered: what tenants write, too. Default: false. */
  readonly logPayloads?: boolean;
  /** What differs from the default limits. */
  readonly limits?: Partial<Limits>;
  /** What serves the methods. Default: the planner. */
  readonly handlers?: Handlers<typeof RedirectPlanner>;
}

/** A server that listens. */
export interface RunningServer {
  /** 0 for one that listens on a unix socket. */
  readonly port: number;
  /** Absent without an admin port. */
  readonly adminPort?: number;
  /**
   * Takes no more connections, lets the calls under way end, and resolves when every connection is closed: at the
   * latest after the limit `drainMs`, when what is left is cut off.
   */
  readonly stop: () => Promise<void>;
}

/** The port of a server that is not told another. */
export const DEFAULT_PORT = 9000;

/** The admin port of a command that is not told another. */
export const DEFAULT_ADMIN_PORT = 9001;

/**
 * Serves the planner on one port: gRPC over HTTP/2; Connect, gRPC-Web and JSON over HTTP/1 and HTTP/2.
 *
 * @throws Error when the port cannot be had (`EADDRINUSE`, `EACCES`).
 */
export async function startServer(options: ServerOptions = {}): Promise<RunningServer> {
  const logger = options.logger ?? createLogger();
  const limits = { ...DEFAULT_LIMITS, ...options.limits };
  const reportFault: ReportFault = (fault, path) =>
    logger.error({ err: fault, method: path }, "the planner has a bug");
  const kept = createKeptAnswers(limits.keptAnswerBytes);
  const metrics = createMetrics({ methods: SERVED_METHODS, keptAnswers: kept.use });
  const { countFinding } = metrics;
  const limited = limitLists(RedirectPlanner, options.handlers ?? redirectPlanner, limits.listItems);
  const { routes, health } = createServed(limited, {
    kept,
    countFinding,
    reportFault,
    notesPayloads: options.logPayloads ?? false,
  });
  const beginCall = watchCalls({
    served: SERVED_METHODS.map(({ path }) => path),
    start: metrics.startCall,
    report: (call) => {
      metrics.countCall(call);
      logger.call(call);
    },
  });

  const admission = createAdmission(limits);
  const admissionOf: AdmissionOf = ({ method }) =>
    method.parent === RedirectPlanner ? admission : openAdmission;
  const load = createLoad(limits);
  const { stopping } = health;
  const serve = createConnectServer({ routes, limits, admissionOf, load, stopping, beginCall, logger });
  const http1 = createHttp1Endpoint(serve, limits);
  const serveOther = createStreamServer(serve);
  const grpc = createGrpcEndpoint({ routes, limits, admissionOf, load, beginCall, serveOther });

  const connections = new Set<Socket>();
  const beginnings = createBeginnings(limits, { http1: http1.accept, http2: grpc.accept });
  // An HTTP/1 client may close its side when it has sent its request, and still wants the answer.
  const listener =
    options.tls === undefined
      ? createServer({ noDelay: true, allowHalfOpen: true }, beginnings.accept)
      : createTlsServer(options.tls, {
          handshakeMs: limits.headersMs,
          logger,
          onConnection: beginnings.accept,
        });
  listener.maxConnections = limits.connections;
  // Of TLS too this is the bare connection, from before its handshake.
  listener.on("connection", (socket) => {
    admission.connected();
    connections.add(socket);
    socket.once("close", () => connections.delete(socket));
  });
  const { isServing } = health;
  const admin =
    options.adminPort === undefined
      ? undefined
      : await startAdmin({
          port: options.adminPort,
          isServing,
          metrics,
          ...(options.host !== undefined && { host: options.host }),
        });
  let port: number;
  try {
    port = await listen(listener, options);
  } catch (error) {
    await admin?.stop();
    throw error;
  }
  // One connection that cannot be accepted, for want of file descriptors say, must not end the others.
  listener.on("error", (error) => logger.error({ err: error }, "a connection could not be accepted"));
  const stop = async (): Promise<void> => {
    health.stop();
    await stopGracefully({ listener, connections, endpoints: [http1, grpc, beginnings], limits });
    await admin?.stop();
  };
  return { port, stop, ...(admin !== undefined && { adminPort: admin.port }) };
}

/** Listens where the options say, and gives the port, 0 for a unix socket. */
async function listen(listener: Server, { unixSocket, port, host }: ServerOptions): Promise<number> {
  if (unixSocket !== undefined) {
    removeStaleSocket(unixSocket);
    listener.listen(unixSocket);
    await once(listener, "listening");
    restrictSocket(unixSocket);
    return 0;
  }
  listener.listen(port ?? DEFAULT_PORT, host);
  await once(listener, "listening");
  const address = listener.address();
  if (address === null || typeof address === "string") throw new Error("the server listens on no port");
  return address.port;
}
