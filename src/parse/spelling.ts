/** Entries of a map from each spelling of an option to the short one. */
export function spellings(short: string, ...long: readonly string[]): readonly (readonly [string, string])[] {
  return [short, ...long].map((spelling) => [spelling, short] as const);
}
