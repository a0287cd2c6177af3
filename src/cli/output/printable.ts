/**
 * Text that stays on its line and moves no cursor: control characters, line separators and characters that turn the
 * direction of writing come out as `\u{…}`. Names of pods and files come from strangers, and findings are one a line.
 */
export function printable(text: string): string {
  return text.replace(
    /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu,
    (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`,
  );
}
