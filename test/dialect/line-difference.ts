/**
 * What makes one text of another, line by line: `@@ 12` and then `-` for each line from number 12 on that goes, `+` for
 * each that comes in its place. Together with the first text it holds the second in full.
 */
export function lineDifference(before: string, after: string): string {
  const [old, now] = [before.split("\n"), after.split("\n")];
  const common = commonLengths(old, now);
  const lines: string[] = [];
  let [i, j] = [0, 0];
  let changing = false;
  while (i < old.length || j < now.length) {
    if (i < old.length && j < now.length && old[i] === now[j]) {
      changing = false;
      i++;
      j++;
      continue;
    }
    if (!changing) lines.push(`@@ ${i + 1}`);
    changing = true;
    const goes = common[i + 1]?.[j] ?? -1;
    const comes = common[i]?.[j + 1] ?? -1;
    if (goes >= comes) lines.push(`-${old[i++]}`);
    else lines.push(`+${now[j++]}`);
  }
  return `${lines.join("\n")}\n`;
}

/** How many lines the ends of both texts have in common, by where they begin. */
function commonLengths(old: readonly string[], now: readonly string[]): readonly (readonly number[])[] {
  const table = Array.from({ length: old.length + 1 }, () => new Array<number>(now.length + 1).fill(0));
  for (let i = old.length - 1; i >= 0; i--) {
    for (let j = now.length - 1; j >= 0; j--) {
      const row = table[i];
      if (row === undefined) continue;
      row[j] =
        old[i] === now[j]
          ? (table[i + 1]?.[j + 1] ?? 0) + 1
          : Math.max(table[i + 1]?.[j] ?? 0, row[j + 1] ?? 0);
    }
  }
  return table;
}
