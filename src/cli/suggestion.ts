/** The half sentence `; did you mean X?` for the candidate nearest to what was typed, empty when none is near. */
export function suggestion(typed: string, candidates: readonly string[]): string {
  const wanted = typed.toLowerCase();
  const begins = (candidate: string): number => Number(candidate.toLowerCase().startsWith(wanted));
  const scored = candidates
    .map((candidate) => ({ candidate, distance: editDistance(wanted, candidate.toLowerCase()) }))
    // Of two as near, the one that begins as typed: `osm-v0.1` is on its way to `osm-v0.11`.
    .sort((a, b) => a.distance - b.distance || begins(b.candidate) - begins(a.candidate));
  const best = scored[0];
  // A third of the letters wrong is a typo; more is another word.
  if (best === undefined || best.distance > Math.max(2, best.candidate.length / 3)) return "";
  return `; did you mean ${best.candidate}?`;
}

/** Levenshtein's distance: how many letters must be put in, taken out or replaced. */
function editDistance(a: string, b: string): number {
  // Far longer than any candidate: no typo, and not worth the quadratic walk.
  if (Math.abs(a.length - b.length) > 40) return Number.POSITIVE_INFINITY;
  let previous = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= b.length; column += 1) {
      const replaced = (previous[column - 1] ?? 0) + (a[row - 1] === b[column - 1] ? 0 : 1);
      current.push(Math.min(replaced, (previous[column] ?? 0) + 1, (current[column - 1] ?? 0) + 1));
    }
    previous = current;
  }
  return previous[b.length] ?? 0;
}
