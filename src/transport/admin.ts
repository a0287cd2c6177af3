import { once } from "node:events";
import { createServer, type ServerResponse } from "node:http";
import type { Metrics } from "../observe/metrics.ts";

/** What the admin port serves. */
export interface AdminOptions {
  /** 0: any free port. */
  readonly port: number;
  /** Default: every address. */
  readonly host?: string;
  readonly isServing: () => boolean;
  readonly metrics: Metrics;
}

/** A running admin port. */
export interface AdminServer {
  readonly port: number;
  readonly stop: () => Promise<void>;
}

/**
 * Probes and metrics over HTTP, on a port of their own: `/livez` (the process answers), `/readyz` (it takes calls, 503
 * when it is about to stop), `/metrics` (Prometheus).
 *
 * @throws Error when the port cannot be had.
 */
export async function startAdmin({ port, host, isServing, metrics }: AdminOptions): Promise<AdminServer> {
  const server = createServer(
    { headersTimeout: 5_000, requestTimeout: 10_000 },
    ({ url, method }, response) => {
      if (method !== "GET" && method !== "HEAD") return say(response, 405, "only GET is served here\n");
      switch (url?.split("?", 1)[0]) {
        case "/livez":
          return say(response, 200, "ok\n");
        case "/readyz":
          return isServing() ? say(response, 200, "ok\n") : say(response, 503, "stopping\n");
        case "/metrics":
          return void metrics.scrape().then(
            ({ contentType, text }) => say(response, 200, text, contentType),
            () => say(response, 500, "the metrics could not be read\n"),
          );
        default:
          return say(response, 404, "there are /livez, /readyz and /metrics\n");
      }
    },
  );
  server.listen(port, host);
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the admin port listens on no port");
  return {
    port: address.port,
    async stop() {
      const closed = once(server, "close");
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

function say(response: ServerResponse, status: number, text: string, contentType = "text/plain"): void {
  response.writeHead(status, { "content-type": contentType });
  response.end(text);
}
