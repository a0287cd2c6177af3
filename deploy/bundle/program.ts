import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Script } from "node:vm";

/** The program in the folder of a bundle: a script whose value is a function that takes `require`, and runs it. */
export const PROGRAM = "redirect-planner.js";

/** What V8 made of the program of a hash, in the folder of its bundle. */
export function cacheName(hash: string): string {
  return `redirect-planner-${hash}.cache`;
}

/** Names a program's text. V8 itself takes what it made of any other text of the same length. */
export function hashOf(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 16);
}

/** The text of the program. */
export function readProgram(folder: string): string {
  // The bundler escapes what is not ASCII; so V8 need not look for it, and a character takes one byte.
  return readFileSync(join(folder, PROGRAM), "latin1");
}

/**
 * Compiles the program.
 *
 * @param cachedData What V8 made of it before. Another version of Node, or the same for another machine or with other flags
 * of V8, does not take it, and compiles the text.
 */
export function compileProgram(folder: string, text: string, cachedData: Buffer | undefined): Script {
  return new Script(text, { filename: join(folder, PROGRAM), ...(cachedData && { cachedData }) });
}

/** Runs the program. */
export function runProgram(script: Script, require: NodeJS.Require): void {
  script.runInThisContext()(require);
}
