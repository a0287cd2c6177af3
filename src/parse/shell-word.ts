import { refuse } from "./parse-error.ts";
import { podIpVariableAt } from "./pod-ip-variable.ts";
import type { ShellScanner } from "./shell-scanner.ts";
import type { Word } from "./word.ts";

/** Ends a word that is not in quotes. */
const WORD_END = /[\s;&|<>()]/;

/** What the shell takes in a word without quotes for more than itself: patterns, braces, home directories. */
const SPECIAL = /[`*?[\]{}~]/;

/** What stands for itself in a word without quotes. */
const PLAIN = /[^\s;&|<>()`*?[\]{}~'"$\\]+/y;

/** What a backslash inside double quotes takes the meaning of (POSIX.1-2017, Shell Command Language, 2.2.3). */
const ESCAPED_IN_QUOTES = /[$`"\\\n]/;

const EXPANSION_EXPECTED = "text that no shell expands, or $POD_IP";

/** What the parts of a word have given so far. */
interface Parts {
  text: string;
  variable: boolean;
}

/**
 * Reads a word with its quotes taken off; one with no text when none begins here. `$POD_IP` stays in the text by its
 * name. Whatever else a shell would expand is refused, since what it would give is not known.
 */
export function readShellWord(scanner: ShellScanner): Word {
  const { place } = scanner;
  const first = scanner.peek();
  const parts: Parts = { text: "", variable: false };
  while (!scanner.ended && !WORD_END.test(scanner.peek())) readPart(scanner, parts);
  return { ...parts, verbatim: restoreSpelling(parts.text), quoted: first === "'" || first === '"', place };
}

function readPart(scanner: ShellScanner, parts: Parts): void {
  const character = scanner.peek();
  switch (character) {
    case "'": {
      const end = scanner.text.indexOf("'", scanner.index + 1);
      if (end === -1) scanner.refuse("a closing quote");
      parts.text += scanner.pass(end + 1 - scanner.index).slice(1, -1);
      return;
    }
    case '"':
      readDoubleQuoted(scanner, parts);
      return;
    case "$":
      readVariable(scanner, parts);
      return;
    case "\\": {
      if (scanner.peek(1) === "") scanner.refuse("a character behind the backslash");
      const escaped = scanner.pass(2).slice(1);
      // A backslash before a line break takes the break away.
      if (escaped !== "\n") parts.text += escaped;
      return;
    }
  }
  if (SPECIAL.test(character)) scanner.refuse("text that no shell expands, or quotes around it");
  parts.text += scanner.pass(scanner.match(PLAIN).length);
}

function readDoubleQuoted(scanner: ShellScanner, parts: Parts): void {
  const { place } = scanner;
  scanner.pass(1);
  for (;;) {
    parts.text += scanner.pass(scanner.match(/[^"\\$`]*/y).length);
    const character = scanner.peek();
    if (character === '"') break;
    if (scanner.ended) refuse(place, '"', "a closing quote");
    if (character === "`") scanner.refuse(EXPANSION_EXPECTED);
    if (character === "$") readVariable(scanner, parts);
    else if (character === "\\" && ESCAPED_IN_QUOTES.test(scanner.peek(1))) {
      const escaped = scanner.pass(2).slice(1);
      if (escaped !== "\n") parts.text += escaped;
    } else parts.text += scanner.pass(1);
  }
  scanner.pass(1);
}

function readVariable(scanner: ShellScanner, parts: Parts): void {
  const found = podIpVariableAt(scanner.text, scanner.index);
  if (found === undefined) scanner.refuse(EXPANSION_EXPECTED);
  scanner.pass(found.length);
  parts.text += found.spelling;
  parts.variable = true;
}

/** A word as a restore document has it: in quotes where it would fall apart without them. */
function restoreSpelling(text: string): string {
  return /^[^\s"\\']+$/.test(text) ? text : `"${text.replace(/["\\']/g, (character) => `\\${character}`)}"`;
}
