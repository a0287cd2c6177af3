import { UsageError } from "../usage-error.ts";

interface Word {
  readonly text: string;
  /** Where it begins, from 0. */
  readonly offset: number;
}

/** A position in a text of words with white space between them. `->` is a word also without. */
export class WordCursor {
  #at = 0;
  readonly #text: string;
  readonly #words: readonly Word[];

  constructor(text: string) {
    this.#text = text;
    this.#words = [...text.matchAll(/->|(?:(?!->)\S)+/g)].map((match) => ({
      text: match[0],
      offset: match.index,
    }));
  }

  atEnd(): boolean {
    return this.#at >= this.#words.length;
  }

  /** The word that comes next; empty at the end. */
  peek(): string {
    return this.#words[this.#at]?.text ?? "";
  }

  /** Steps over the word that comes next. */
  next(): string {
    const word = this.peek();
    this.#at += 1;
    return word;
  }

  /** Steps over a word if it comes next. */
  skip(word: string): boolean {
    if (this.peek() !== word) return false;
    this.#at += 1;
    return true;
  }

  /** Steps over a word that must come next. @param what what to say is expected. @throws UsageError */
  require(word: string, what: string): void {
    if (!this.skip(word)) throw this.expected(what);
  }

  /** The error of a text that has something else here than it must. */
  expected(what: string): UsageError {
    const word = this.#words[this.#at];
    const found = word === undefined ? "it ends" : `found '${shortened(word.text)}'`;
    const column = (word?.offset ?? this.#text.trimEnd().length) + 1;
    return new UsageError(`packet '${shortened(this.#text)}', column ${column}: expected ${what}; ${found}`);
  }
}

function shortened(text: string): string {
  return text.length > 120 ? `${text.slice(0, 120)}…` : text;
}
