/** Most UTF-16 units of a value that a finding repeats. */
export const MAX_QUOTED = 128;

/** Characters that a reader would not see, or see as something else: all of Unicode's C and Z but the plain space. */
const INVISIBLE = /[[\p{C}\p{Z}]--[ ]]/gv;

/**
 * Text that stays on its line and moves no cursor, for a terminal, a log line or an error: control characters, line
 * separators, spaces other than the plain one, characters that change the direction of text, and lone surrogates are
 * written as `\u{…}`.
 */
export function printable(text: string): string {
  return text.replace(INVISIBLE, (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`);
}

/** A value fit to print; one over 128 characters is cut, and its length told. */
export function quote(value: string): string {
  if (value.length <= MAX_QUOTED) return printable(value);
  return `${printable(value.slice(0, MAX_QUOTED))}… (${value.length} characters)`;
}

/** A value as a key in a field path, between quotation marks: fit to print, and without an end that is not its end. */
export function quoteKey(key: string): string {
  return `"${quote(key.replace(/["\\]/g, "\\$&"))}"`;
}
