import { readFileSync } from "node:fs";
import { join } from "node:path";
import { cacheName, compileProgram, readProgram, runProgram } from "./program.ts";

// What is started: runs the program, from what V8 made of it before where that is there.

/** Of the program's text; filled in by the bundler. */
declare const PROGRAM_HASH: string;

runProgram(compileProgram(__dirname, readProgram(__dirname), cachedData()), require);

function cachedData(): Buffer | undefined {
  try {
    return readFileSync(join(__dirname, cacheName(PROGRAM_HASH)));
  } catch {
    return undefined;
  }
}
