import { readFileSync, unwatchFile, watchFile } from "node:fs";
import { createServer, type Server, type TLSSocket } from "node:tls";
import type { Logger } from "../observe/logger.ts";

/** Files of a server's certificate, and who may come. */
export interface TlsOptions {
  /** PEM files, as a Secret mount has them. They are read again when they change. */
  readonly certFile: string;
  readonly keyFile: string;
  /** PEM file of the authorities that client certificates must come from. Absent: clients need none. */
  readonly clientCaFile?: string;
  /** Names of which a client's certificate must have one, DNS or URI. Empty: any certificate of the authorities will do. */
  readonly allowedClients?: readonly string[];
}

/** How often the files are looked at, in milliseconds. A Secret mount changes within a minute of its Secret. */
const LOOK_MS = 5_000;

/**
 * A TLS server, 1.2 at least, that speaks HTTP/2 and HTTP/1.1 by ALPN. A connection that is under way keeps the
 * certificate it began with.
 *
 * @throws Error when a file cannot be read or is no certificate or key.
 */
export function createTlsServer(
  options: TlsOptions,
  logger: Logger,
  onConnection: (socket: TLSSocket) => void,
): Server {
  const asksClients = options.clientCaFile !== undefined;
  const server = createServer(
    {
      ...contextOf(options),
      minVersion: "TLSv1.2",
      ALPNProtocols: ["h2", "http/1.1"],
      requestCert: asksClients,
      rejectUnauthorized: asksClients,
      noDelay: true,
      allowHalfOpen: true,
    },
    (socket) => {
      if (isAllowed(socket, options.allowedClients ?? [])) onConnection(socket);
      else {
        logger.warn(
          { peer: peerNames(socket) },
          "a client whose certificate is not on the list was turned away",
        );
        socket.destroy();
      }
    },
  );
  server.on("tlsClientError", (error) => logger.debug({ err: error }, "a TLS handshake failed"));
  const files = [options.certFile, options.keyFile, ...(options.clientCaFile ? [options.clientCaFile] : [])];
  const reload = (): void => {
    try {
      server.setSecureContext(contextOf(options));
      logger.info("the certificate files changed and were read again");
    } catch (error) {
      // A swap may be seen half done; the next look sees the rest, and until then the old ones stay.
      logger.warn({ err: error }, "the certificate files changed and cannot be read; the old ones stay");
    }
  };
  for (const file of files) watchFile(file, { interval: LOOK_MS, persistent: false }, reload);
  server.once("close", () => {
    for (const file of files) unwatchFile(file, reload);
  });
  return server;
}

function contextOf({ certFile, keyFile, clientCaFile }: TlsOptions) {
  return {
    cert: readFileSync(certFile),
    key: readFileSync(keyFile),
    ...(clientCaFile !== undefined && { ca: readFileSync(clientCaFile) }),
  };
}

function isAllowed(socket: TLSSocket, allowed: readonly string[]): boolean {
  return allowed.length === 0 || peerNames(socket).some((name) => allowed.includes(name));
}

/** The DNS and URI names of the peer's certificate (RFC 5280, subjectAltName). */
function peerNames(socket: TLSSocket): readonly string[] {
  const { subjectaltname = "" } = socket.getPeerCertificate();
  return subjectaltname.split(", ").flatMap((name) => {
    const [, value] = /^(?:DNS|URI):(.+)$/.exec(name) ?? [];
    return value === undefined ? [] : [value];
  });
}
