/** Most UTF-16 units of a value that a finding repeats. */
export const MAX_QUOTED = 128;

/** Characters that a reader would not see, or see as something else: all of Unicode's C and Z but the plain space. */
const INVISIBLE = /[[\p{C}\p{Z}]--[ ]]/gv;

/**
 * A value fit to print on a terminal, in a log line or in an error: control characters, line separators, spaces other
 * than the plain one, characters that change the direction of text, and lone surrogates are written as `\u{…}`; a
 * value over 128 characters is cut, and its length told.
 */
export function quote(value: string): string {
  const shown = value.length > MAX_QUOTED ? value.slice(0, MAX_QUOTED) : value;
  const escaped = shown.replace(INVISIBLE, (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`);
  return value.length > MAX_QUOTED ? `${escaped}… (${value.length} characters)` : escaped;
}

/** A value as a key in a field path, between quotation marks: fit to print, and without an end that is not its end. */
export function quoteKey(key: string): string {
  return `"${quote(key.replace(/["\\]/g, "\\$&"))}"`;
}
