import type { Io } from "../io.ts";

/** A line on a terminal that says how far a command is. */
export interface ProgressLine {
  /** Shows a state, unless another was shown just now. @param done from 0 to 1; undefined when it is not known. */
  show(done: number | undefined, text: string): void;
  /** Takes the line away, for other text to stand there. */
  clear(): void;
}

/** How long a state stands before the next, in milliseconds. */
const INTERVAL_MS = 100;

const BAR_WIDTH = 24;

/** A line of progress on standard error; none where that is no terminal. */
export function createProgressLine({ stderr, env }: Pick<Io, "stderr" | "env">): ProgressLine {
  if (stderr.isTTY !== true || env["TERM"] === "dumb") return { show: () => {}, clear: () => {} };
  let shownAt = Number.NEGATIVE_INFINITY;
  let visible = false;
  return {
    show(done, text) {
      const now = performance.now();
      if (now - shownAt < INTERVAL_MS) return;
      shownAt = now;
      visible = true;
      stderr.write(`\r\u001b[2K${done === undefined ? "" : `${bar(done)} `}${text}`);
    },
    clear() {
      if (visible) stderr.write("\r\u001b[2K");
      visible = false;
      // What took its place was written below it: it comes back at once.
      shownAt = Number.NEGATIVE_INFINITY;
    },
  };
}

function bar(done: number): string {
  const full = Math.round(done * BAR_WIDTH);
  return `[${"=".repeat(full)}${" ".repeat(BAR_WIDTH - full)}] ${String(Math.floor(done * 100)).padStart(3)}%`;
}
