import { execFileSync, spawnSync } from "node:child_process";
import { cpSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { generateSdk } from "../../../deploy/sdk/generate.ts";
import { LANGUAGES } from "../../../deploy/sdk/languages.ts";

/** Builds the server in Go from the SDK of this contract. @returns the program; undefined where there is no Go. */
export function buildGoServer(folder: string): string | undefined {
  const language = LANGUAGES["go"];
  if (language === undefined || spawnSync("go", ["version"]).status !== 0) return undefined;
  const sdk = join(folder, "go");
  generateSdk("go", language, sdk);
  mkdirSync(join(sdk, "server"));
  cpSync(join(import.meta.dirname, "server.go"), join(sdk, "server", "main.go"));
  const program = join(folder, "go-server");
  execFileSync("go", ["build", "-o", program, "./server"], { cwd: sdk, timeout: 600_000 });
  return program;
}
