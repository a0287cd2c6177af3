import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import type { Language } from "./languages.ts";
import { run } from "./run.ts";

/** Generators are kept for the user, so that each is built once for all checkouts. */
const CACHE = join(
  process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache"),
  "redirect-planner",
  "sdk-tools",
);

/**
 * Installs the generators of a language, in the versions that its `tools.txt` pins, unless they are there.
 *
 * @returns the folder they are in.
 * @throws Error when one cannot be installed.
 */
export function installTools(name: string, language: Language): string {
  const list = join(import.meta.dirname, name, "tools.txt");
  const text = existsSync(list) ? readFileSync(list, "utf8") : "";
  const key = createHash("sha256").update(`${process.platform} ${process.arch}\n${text}`).digest("hex");
  const installed = join(CACHE, `${name}-${key.slice(0, 16)}`);
  if (existsSync(installed)) return installed;

  // Beside the place and then renamed: an installation that was cut off is never taken for a whole one.
  const partial = `${installed}.${process.pid}`;
  mkdirSync(partial, { recursive: true });
  try {
    const tools = text.split("\n").filter((line) => line !== "");
    for (const command of language.install(tools, partial)) run(command, partial);
    // Another run may have been faster.
    if (!existsSync(installed)) renameSync(partial, installed);
  } finally {
    rmSync(partial, { recursive: true, force: true });
  }
  return installed;
}
