import { type Place, refuse } from "./parse-error.ts";

/** A word of a command or of a line, with its quotes taken off. */
export interface Word {
  readonly text: string;
  /** As a restore document would have it, quotes and all. */
  readonly verbatim: string;
  /** Whether a quote began it. */
  readonly quoted: boolean;
  /** Whether the shell put `$POD_IP` in; the text then has the name as it stands. */
  readonly variable: boolean;
  readonly place: Place;
}

/** A reader of words from left to right. */
export class WordReader {
  /** Where a word would stand that is missing. */
  readonly end: Place;
  readonly #words: readonly Word[];
  #next = 0;

  constructor(words: readonly Word[], end: Place) {
    this.#words = words;
    this.end = end;
  }

  /** The next word, `ahead` words further on; undefined at the end. */
  peek(ahead = 0): Word | undefined {
    return this.#words[this.#next + ahead];
  }

  /** Takes the next word, which must be there. */
  take(expected: string): Word {
    const word = this.peek();
    if (word === undefined) refuse(this.end, "", expected);
    this.#next++;
    return word;
  }

  /** Takes the next word when it has that text. */
  takeIf(text: string): Word | undefined {
    return this.peek()?.text === text ? this.take(text) : undefined;
  }
}
