import { chmodSync, mkdirSync, readdirSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathOf } from "./requirements.ts";

/** `cat` prints a here-document: it ends well with what it got, should the shell's own writer of the document die. */
function ofHereDocument(commands: string): string {
  return `case $program in */cat) ${commands} ;; esac; exec "$program" "$@"`;
}

/** What dies when a script comes to start a program. */
export const VICTIMS = {
  "the program, before it does anything": "kill -9 $$",
  "the shell that starts it": 'kill -9 $PPID; exec "$program" "$@"',
  "the shell that starts it, when the program has ended":
    '"$program" "$@"; code=$?; kill -9 $PPID; exit $code',
  "all at once": "kill -9 0",
  "whoever writes a here-document, after some lines": ofHereDocument(
    `"$program" "$@" | ${pathOf("head")} -n 8; exit 0`,
  ),
  "whoever writes a here-document, before the first line": ofHereDocument("exit 0"),
  "the program, after some lines of output": `"$program" "$@" | ${pathOf("head")} -n 8; kill -9 $$`,
} as const;

/** One of them. */
export type Victim = keyof typeof VICTIMS;

/**
 * Puts a wrapper in the place of every program of a PATH: it counts, and at the program number `count` that a script
 * starts, something dies. `pending()` tells whether the script ended before it came that far.
 */
export function killAt(path: string, count: number, victim: Victim): { readonly reached: () => boolean } {
  const tickets = join(path, ".tickets");
  const programs = join(path, ".programs");
  for (const folder of [tickets, programs]) mkdirSync(folder);
  for (const name of readdirSync(path).filter((each) => !each.startsWith("."))) {
    renameSync(join(path, name), join(programs, name));
    writeFileSync(join(path, name), wrapper(name, tickets, programs, count, victim));
    chmodSync(join(path, name), 0o755);
  }
  return { reached: () => readdirSync(tickets).length >= count };
}

/** A ticket is a folder, which only one process can make. */
function wrapper(name: string, tickets: string, programs: string, count: number, victim: Victim): string {
  return `#!/bin/sh
program=${programs}/${name}
ticket=1
until ${pathOf("mkdir")} ${tickets}/$ticket 2>/dev/null; do ticket=$((ticket + 1)); done
[ $ticket -eq ${count} ] || exec "$program" "$@"
${VICTIMS[victim]}
`;
}
