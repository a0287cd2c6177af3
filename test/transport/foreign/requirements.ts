import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { whereIs } from "../../kernel/scripts/requirements.ts";

/** The system's own Python, which Debian's packages of gRPC are for. */
export const PYTHON = "/usr/bin/python3";

/** Why a test that calls the server with curl cannot run; false when it can. */
export function lackingCurl(): string | false {
  return whereIs("curl") === undefined ? "needs curl" : false;
}

/** grpcurl, where `install-grpcurl.sh` puts it. */
export const GRPCURL = join(import.meta.dirname, "../../../node_modules/.cache/grpcurl/grpcurl");

/** Why a test that calls the server with grpcurl cannot run; false when it can. */
export function lackingGrpcurl(): string | false {
  return existsSync(GRPCURL) ? false : "needs npm run install:grpcurl";
}

/** Why a test that calls the server with Python's grpcio cannot run; false when it can. */
export function lackingGrpcio(): string | false {
  const attempt = spawnSync(PYTHON, ["-c", "import grpc, google.protobuf"]);
  return attempt.status === 0 ? false : "needs python3-grpcio and python3-protobuf";
}

/** Runs a program and gives its output. The server of the tests lives in this process, so nothing here may block. */
export async function output(program: string, args: readonly string[], input: string | Uint8Array = "") {
  const child = spawn(program, args, { stdio: ["pipe", "pipe", "inherit"] });
  // curl may close its input before it has read all of it.
  child.stdin.on("error", () => {});
  child.stdin.end(input);
  const [stdout, [code]] = await Promise.all([text(child.stdout), once(child, "close")]);
  return { code, stdout } as { readonly code: number | null; readonly stdout: string };
}
