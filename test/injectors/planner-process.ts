import { join } from "node:path";
import { type Child, startChild } from "./child.ts";

const MAIN = join(import.meta.dirname, "../../src/main.ts");

/** Where a planner listens: a socket of the pod, or a port with mutual TLS. */
export type Endpoint =
  | { readonly kind: "unix"; readonly path: string }
  | { readonly kind: "tls"; readonly port: number; readonly folder: string };

/** The name that a client's certificate must have. */
export const CLIENT_NAME = "injector.redirect-planner.client";

/** Starts a planner in a process of its own, so that it can be stopped and halted. It says its port. */
export function startPlanner(endpoint: Endpoint): Promise<Child> {
  const env =
    endpoint.kind === "unix"
      ? { UNIX_SOCKET: endpoint.path }
      : {
          PORT: String(endpoint.port),
          TLS_CERT_FILE: join(endpoint.folder, "tls.crt"),
          TLS_KEY_FILE: join(endpoint.folder, "tls.key"),
          TLS_CLIENT_CA_FILE: join(endpoint.folder, "ca.crt"),
          TLS_ALLOWED_CLIENTS: CLIENT_NAME,
        };
  return startChild(
    [process.execPath, MAIN, "serve", "--host", "127.0.0.1"],
    { ...env, ADMIN_PORT: "0", LOG_LEVEL: "info" },
    /"port":(\d+).*"msg":"listening"/,
  );
}
