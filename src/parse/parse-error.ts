import { err, ok, type Result } from "../net/result.ts";

/** A place in a text. Both count from 1; the column counts UTF-16 units. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

/** Why a text is not read. */
export interface ParseError extends Place {
  /** What stands at that place, cut to {@link MAX_EXCERPT} characters, with control characters escaped. */
  readonly text: string;
  /** What was expected in its place. */
  readonly expected: string;
}

/** How much of a text an error repeats. */
export const MAX_EXCERPT = 80;

/** The error as a sentence: `line 2, column 5: expected an iptables command, found "echo"`. */
export function describeParseError({ line, column, text, expected }: ParseError): string {
  return `line ${line}, column ${column}: expected ${expected}, found ${text === "" ? "nothing" : `"${text}"`}`;
}

/** A text fit to print in an error. */
export function excerpt(text: string): string {
  const cut = text.length > MAX_EXCERPT ? `${text.slice(0, MAX_EXCERPT - 1)}…` : text;
  // Lone halves of surrogate pairs, which a cut can leave behind, are no valid UTF-8.
  return cut.toWellFormed().replace(/\p{C}/gu, (character) => {
    const code = character.codePointAt(0) ?? 0;
    return `\\u{${code.toString(16)}}`;
  });
}

/** Carries an error from where a text is read to {@link attempt}. Never leaves this folder. */
class Refusal extends Error {
  readonly error: ParseError;

  constructor(error: ParseError) {
    super(describeParseError(error));
    this.error = error;
  }
}

/** Ends the reading of a text: at that place stands `text`, which is not what is `expected`. */
export function refuse(place: Place, text: string, expected: string): never {
  throw new Refusal({ line: place.line, column: place.column, text: excerpt(text), expected });
}

/** The outcome of a reading that may end in {@link refuse}. */
export function attempt<T>(read: () => T): Result<T, ParseError> {
  try {
    return ok(read());
  } catch (error) {
    if (error instanceof Refusal) return err(error.error);
    throw error;
  }
}
