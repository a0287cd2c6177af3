import { type Place, refuse } from "./parse-error.ts";

/** A place in a shell script that moves from left to right. */
export class ShellScanner {
  readonly text: string;
  #index = 0;
  #line = 1;
  #lineStart = 0;

  constructor(text: string) {
    this.text = text;
  }

  /** The index of the next character. */
  get index(): number {
    return this.#index;
  }

  get ended(): boolean {
    return this.#index >= this.text.length;
  }

  /** The place of the next character. */
  get place(): Place {
    return { line: this.#line, column: this.#index - this.#lineStart + 1 };
  }

  /** The next character, `ahead` characters further on; empty at the end. */
  peek(ahead = 0): string {
    return this.text[this.#index + ahead] ?? "";
  }

  startsWith(text: string): boolean {
    return this.text.startsWith(text, this.#index);
  }

  /** What a pattern with the sticky flag matches here, empty when nothing. */
  match(pattern: RegExp): string {
    pattern.lastIndex = this.#index;
    return pattern.exec(this.text)?.[0] ?? "";
  }

  /** Passes `length` characters. */
  pass(length: number): string {
    const passed = this.text.slice(this.#index, this.#index + length);
    for (let at = passed.indexOf("\n"); at !== -1; at = passed.indexOf("\n", at + 1)) {
      this.#line++;
      this.#lineStart = this.#index + at + 1;
    }
    this.#index += passed.length;
    return passed;
  }

  /** The text up to the next line break, which is passed too. */
  passLine(): string {
    const end = this.text.indexOf("\n", this.#index);
    const line = this.text.slice(this.#index, end === -1 ? this.text.length : end);
    this.pass(line.length + 1);
    return line;
  }

  /** Ends the reading here. */
  refuse(expected: string): never {
    const line = this.text.slice(this.#index, this.#index + 200).split("\n", 1)[0] ?? "";
    refuse(this.place, line, expected);
  }
}
