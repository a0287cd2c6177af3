import { writeFileSync } from "node:fs";

/** The middle of an odd number of figures, the higher of the two middle ones of an even number. */
export function median(figures: readonly number[]): number {
  return figures.toSorted((a, b) => a - b)[figures.length >>> 1] ?? Number.NaN;
}

/** Prints lines of cells under a heading, the first column to the left and the others to the right. */
export function printTable(lines: readonly (readonly string[])[]): void {
  const widths = (lines[0] ?? []).map((_, column) =>
    Math.max(...lines.map((line) => line[column]?.length ?? 0)),
  );
  for (const line of lines) {
    const cells = line.map((cell, column) => {
      const width = widths[column] ?? 0;
      return column === 0 ? cell.padEnd(width) : cell.padStart(width);
    });
    process.stdout.write(`${cells.join("  ").trimEnd()}\n`);
  }
}

/** Writes the figures of a benchmark, when a file is given. */
export function writeFigures(path: string | undefined, figures: object): void {
  if (path !== undefined) writeFileSync(path, `${JSON.stringify(figures, undefined, 2)}\n`);
}
