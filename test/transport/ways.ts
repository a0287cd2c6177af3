import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after } from "node:test";
import type { ServerOptions } from "../../src/transport/server.ts";
import { createAuthority, WITHOUT_OPENSSL } from "./certificates.ts";
import { type Target, tlsEndpoint, unixEndpoint } from "./clients/endpoint.ts";

/** There as long as the tests. */
const directory = mkdtempSync(join(tmpdir(), "redirect-planner-"));
after(() => rmSync(directory, { recursive: true }));

/** How a server is reached. */
export interface Way {
  readonly name: string;
  /** Why it cannot be tested here; false when it can. */
  readonly skip: string | false;
  /** What a server is started with, and where it is once it has a port. */
  readonly prepare: () => { readonly options: ServerOptions; readonly target: (port: number) => Target };
}

/** A port without TLS. */
export const PLAINTEXT: Way = {
  name: "plaintext",
  skip: false,
  prepare: () => ({ options: {}, target: (port) => port }),
};

/** A unix socket without TLS. */
export const UNIX_SOCKET: Way = {
  name: "a unix socket",
  skip: false,
  prepare() {
    const unixSocket = join(scratch(), "planner.sock");
    return { options: { unixSocket }, target: () => unixEndpoint(unixSocket) };
  },
};

/** Every way to reach a server. */
export const EVERY_WAY: readonly Way[] = [
  PLAINTEXT,
  {
    name: "TLS",
    skip: WITHOUT_OPENSSL,
    prepare() {
      const { authority, server } = issue();
      const ca = readFileSync(authority.file);
      return { options: { tls: server.files }, target: (port) => tlsEndpoint(port, ca) };
    },
  },
  {
    name: "mutual TLS",
    skip: WITHOUT_OPENSSL,
    prepare() {
      const { authority, server } = issue();
      const client = authority.issue("injector");
      const ca = readFileSync(authority.file);
      return {
        options: { tls: { ...server.files, clientCaFile: authority.file, allowedClients: ["injector"] } },
        target: (port) => tlsEndpoint(port, ca, client),
      };
    },
  },
  UNIX_SOCKET,
];

function issue() {
  const authority = createAuthority(scratch());
  return {
    authority,
    server: authority.issue("localhost", { names: ["DNS.1=localhost", "IP.1=127.0.0.1"] }),
  };
}

function scratch(): string {
  return mkdtempSync(join(directory, "way-"));
}
