import { type Place, refuse } from "../parse-error.ts";
import { hasPodIpVariable } from "../pod-ip-variable.ts";
import { columnOf, type Line } from "../restore-line.ts";

/** A piece of the text that `nft -f` reads. */
export interface Token extends Place {
  /** A word, what stands between quotes, or one of `{`, `}`, `,` and `;`, which a line's end is too. */
  readonly text: string;
  readonly quoted: boolean;
  /** Whether a shell put `$POD_IP` in. */
  readonly variable: boolean;
}

const TOKEN = /"([^"]*)"|[{},;]|[^\s{},;"#]+|#.*|(\S)/g;

/** The tokens of a text for nft (man nft, lexical conventions), comments left out. */
export function* tokensOf(lines: readonly Line[]): Generator<Token> {
  for (const line of lines) {
    for (const found of line.text.matchAll(TOKEN)) {
      const [raw, quoted, stray] = found;
      const place = { line: line.number, column: columnOf(line, found.index) };
      if (stray !== undefined) refuse(place, raw, "a closing quote on the same line");
      if (raw.startsWith("#")) continue;
      const text = quoted ?? raw;
      const variable = line.variable === true && hasPodIpVariable(text);
      yield { ...place, text, quoted: quoted !== undefined, variable };
    }
    const end = { line: line.number, column: columnOf(line, line.text.length) };
    yield { ...end, text: ";", quoted: false, variable: false };
  }
}

/** Takes tokens one by one. */
export class TokenReader {
  readonly #tokens: readonly Token[];
  #next = 0;

  /** Reads these tokens, of which there is at least one. */
  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  /** The next token; undefined at the end. */
  peek(): Token | undefined {
    return this.#tokens[this.#next];
  }

  take(expected: string): Token {
    const token = this.#tokens[this.#next] ?? this.refuse(expected);
    this.#next++;
    return token;
  }

  /** Whether the next token is this mark or word; it is passed then. */
  passes(text: string): boolean {
    const token = this.peek();
    if (token === undefined || token.quoted || token.text !== text) return false;
    this.#next++;
    return true;
  }

  /** Passes what must stand here. */
  expect(...texts: readonly string[]): void {
    for (const text of texts) if (!this.passes(text)) this.refuse(text);
  }

  /** Passes the ends of statements and lines. */
  skipEnds(): void {
    while (this.passes(";"));
  }

  /** Ends the reading here. */
  refuse(expected: string): never {
    const token = this.peek() ?? this.#tokens.at(-1);
    refuse(token ?? { line: 1, column: 1 }, this.peek()?.text ?? "", expected);
  }
}
