import { type Announcement, readHereDocument } from "./here-document.ts";
import type { Place } from "./parse-error.ts";
import type { Line } from "./restore-line.ts";
import { ShellScanner } from "./shell-scanner.ts";
import { readShellWord } from "./shell-word.ts";
import type { Word } from "./word.ts";

/** When a command of a script runs: in any case, when the one before it went well, or when that failed. */
type When = "always" | "success" | "failure";

/** A simple command of a shell script. */
export interface ShellCommand {
  readonly words: readonly Word[];
  /** Where its text ends. */
  readonly end: Place;
  readonly when: When;
  /** The lines of its here-document. */
  readonly input?: readonly Line[];
}

/**
 * The commands of a shell script that is made of simple commands alone, joined by `&&`, `||`, `;` or line breaks, with
 * here-documents for input, and with output that is thrown away. The script is never run; what only a shell would know
 * (variables other than `$POD_IP`, substitutions, patterns, control structures, files) is refused.
 */
export function readShell(text: string): readonly ShellCommand[] {
  const reader = new ShellReader(new ShellScanner(text));
  return reader.read();
}

/** Output to nowhere or to the other output: what a command prints changes no rule. */
const DISCARDED = /(?:[12]?>>?[ \t]*\/dev\/null|[12]?>&[12]|&>[ \t]*\/dev\/null)(?![^\s;&|<>()])/y;

const OUTPUT = /[0-9]?>|&>/y;

class ShellReader {
  readonly #scanner: ShellScanner;
  readonly #commands: ShellCommand[] = [];
  #words: Word[] = [];
  #when: When = "always";
  #announced: Announcement | undefined;
  #input: readonly Line[] | undefined;

  constructor(scanner: ShellScanner) {
    this.#scanner = scanner;
  }

  read(): readonly ShellCommand[] {
    while (!this.#scanner.ended) this.#step();
    if (this.#announced !== undefined) this.#scanner.refuse("a here-document");
    this.#finish("always");
    if (this.#when !== "always") this.#scanner.refuse("a command");
    return this.#commands;
  }

  #step(): void {
    const scanner = this.#scanner;
    const character = scanner.peek();
    if (character === "\n") this.#newline();
    else if (character === " " || character === "\t" || character === "\r") scanner.pass(1);
    else if (scanner.startsWith("\\\n")) scanner.pass(2);
    else if (character === "#") scanner.pass(scanner.match(/.*/y).length);
    else if (scanner.startsWith("&&")) this.#operator(2, "success");
    else if (scanner.startsWith("||")) this.#operator(2, "failure");
    else if (character === ";") this.#operator(1, "always");
    else if (scanner.startsWith("<<")) this.#announce();
    else if (scanner.match(OUTPUT) !== "") this.#discard();
    else {
      const from = scanner.index;
      const word = readShellWord(scanner);
      if (scanner.index === from) scanner.refuse("a simple command, with &&, || or ; before the next");
      this.#words.push(word);
    }
  }

  #operator(length: number, when: When): void {
    const scanner = this.#scanner;
    if (this.#words.length === 0) scanner.refuse("a command");
    if (this.#announced !== undefined) scanner.refuse("the end of the line, where the here-document begins");
    this.#finish(when);
    scanner.pass(length);
  }

  #newline(): void {
    const scanner = this.#scanner;
    const end = scanner.place;
    scanner.pass(1);
    if (this.#announced !== undefined) this.#input = readHereDocument(scanner, this.#announced);
    this.#announced = undefined;
    // A line break behind an operator ends nothing.
    if (this.#words.length > 0) this.#finish("always", end);
  }

  #finish(next: When, end: Place = this.#scanner.place): void {
    if (this.#words.length === 0) return;
    const input = this.#input === undefined ? {} : { input: this.#input };
    this.#commands.push({ words: this.#words, end, when: this.#when, ...input });
    this.#when = next;
    this.#words = [];
    this.#input = undefined;
  }

  #discard(): void {
    const { length } = this.#scanner.match(DISCARDED);
    if (length === 0) this.#scanner.refuse("output to /dev/null, or to the other output");
    this.#scanner.pass(length);
  }

  #announce(): void {
    const scanner = this.#scanner;
    if (this.#announced !== undefined) scanner.refuse("one here-document to a command");
    if (this.#words.length === 0) scanner.refuse("a command before its here-document");
    const tabs = scanner.peek(2) === "-";
    scanner.pass(tabs ? 3 : 2);
    scanner.pass(scanner.match(/[ \t]*/y).length);
    const from = scanner.index;
    const { text } = readShellWord(scanner);
    if (text === "") scanner.refuse("the delimiter of a here-document");
    this.#announced = { delimiter: text, quoted: scanner.text.slice(from, scanner.index) !== text, tabs };
  }
}
