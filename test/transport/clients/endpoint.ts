import { connect, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import { type ChannelCredentials, type ChannelOptions, credentials } from "@grpc/grpc-js";
import type { Issued } from "../certificates.ts";
import type { HttpVersion } from "./http.ts";

/** Where a server listens, and how a connection to it begins. */
export interface Endpoint {
  readonly scheme: "http" | "https";
  /** Opens a connection. HTTP/2 without TLS is spoken with prior knowledge. */
  readonly connect: (version: HttpVersion) => Socket;
  /** The same for grpc-js, which opens its own. */
  readonly grpc: {
    readonly address: string;
    readonly credentials: ChannelCredentials;
    readonly options?: ChannelOptions;
  };
}

/** An endpoint, or a port of the loopback address without TLS. */
export type Target = number | Endpoint;

/** The endpoint that is meant. */
export function endpointOf(target: Target): Endpoint {
  return typeof target === "number" ? plaintext(target) : target;
}

function plaintext(port: number): Endpoint {
  return {
    scheme: "http",
    connect: () => connect({ port, host: "127.0.0.1", noDelay: true }),
    grpc: { address: `127.0.0.1:${port}`, credentials: credentials.createInsecure() },
  };
}

/** A unix socket. */
export function unixEndpoint(path: string): Endpoint {
  return {
    scheme: "http",
    connect: () => connect(path),
    grpc: { address: `unix:${path}`, credentials: credentials.createInsecure() },
  };
}

/** A port of the loopback address with TLS, for a client that trusts an authority and may have a certificate. */
export function tlsEndpoint(port: number, ca: Buffer, own?: Issued): Endpoint {
  return {
    scheme: "https",
    connect: (version) =>
      connectTls({
        port,
        host: "127.0.0.1",
        servername: "localhost",
        ca,
        ALPNProtocols: [version === "HTTP/2" ? "h2" : "http/1.1"],
        ...(own && { cert: own.cert, key: own.key }),
      }),
    grpc: {
      address: `127.0.0.1:${port}`,
      credentials: credentials.createSsl(ca, own?.key ?? null, own?.cert ?? null),
      options: { "grpc.ssl_target_name_override": "localhost" },
    },
  };
}
