/** Most UTF-16 units of a value that a finding repeats. */
export const MAX_QUOTED = 128;

/**
 * A value fit to print on a terminal, in a log line or in an error: control characters, line separators, characters
 * that change the direction of text, and lone surrogates are written as `\u{…}`; a value over 128 characters is cut,
 * and its length told.
 */
export function quote(value: string): string {
  const shown = value.length > MAX_QUOTED ? value.slice(0, MAX_QUOTED) : value;
  const escaped = shown.replace(
    /[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/gu,
    (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`,
  );
  return value.length > MAX_QUOTED ? `${escaped}… (${value.length} characters)` : escaped;
}
