import { X509Certificate } from "node:crypto";
import { readFileSync, unwatchFile, watchFile } from "node:fs";
import { createSecureContext, createServer, type Server, type TLSSocket } from "node:tls";
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
  /** How often the files are looked at, in milliseconds. Default 5000: a Secret mount changes within a minute of its Secret. */
  readonly lookMs?: number;
}

/** What a TLS server needs beside its files. */
export interface TlsServerOptions {
  /** How long a handshake may take, in milliseconds. */
  readonly handshakeMs: number;
  readonly logger: Logger;
  /** Takes the connections of clients that may come. */
  readonly onConnection: (socket: TLSSocket) => void;
}

/**
 * A TLS server, 1.2 at least, that speaks HTTP/2 and HTTP/1.1 by ALPN. A connection that is under way keeps the
 * certificate it began with.
 *
 * @throws Error when a file cannot be read or is no certificate or key.
 */
export function createTlsServer(
  options: TlsOptions,
  { handshakeMs, logger, onConnection }: TlsServerOptions,
): Server {
  const asksClients = options.clientCaFile !== undefined;
  const server = createServer(
    {
      ...contextOf(options),
      minVersion: "TLSv1.2",
      ALPNProtocols: ["h2", "http/1.1"],
      requestCert: asksClients,
      rejectUnauthorized: asksClients,
      handshakeTimeout: handshakeMs,
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
  for (const file of files) watchFile(file, { interval: options.lookMs ?? 5_000, persistent: false }, reload);
  server.once("close", () => {
    for (const file of files) unwatchFile(file, reload);
  });
  return server;
}

/** @throws Error when a file cannot be read, holds something else, or the key is not that of the certificate. */
function contextOf({ certFile, keyFile, clientCaFile }: TlsOptions) {
  const ca = clientCaFile === undefined ? undefined : readFileSync(clientCaFile);
  // A secure context takes any text for authorities, and then trusts nobody.
  if (ca !== undefined) new X509Certificate(ca);
  const context = { cert: readFileSync(certFile), key: readFileSync(keyFile), ...(ca && { ca }) };
  createSecureContext(context);
  return context;
}

function isAllowed(socket: TLSSocket, allowed: readonly string[]): boolean {
  return allowed.length === 0 || peerNames(socket).some((name) => allowed.includes(name));
}

function peerNames(socket: TLSSocket): readonly string[] {
  return alternativeNames(socket.getPeerCertificate().subjectaltname ?? "");
}

/**
 * The DNS and URI names (RFC 5280, subjectAltName) in the text that Node makes of them. A name with a comma or a quote in
 * it comes as a string of JSON: what is inside is one name, whatever it looks like.
 */
export function alternativeNames(text: string): readonly string[] {
  return [...text.matchAll(/([^:,]+):("(?:[^"\\]|\\.)*"|[^,]*)(?:, |$)/g)].flatMap(([, type, value = ""]) =>
    type === "DNS" || type === "URI" ? [value.startsWith('"') ? String(JSON.parse(value)) : value] : [],
  );
}
