import type { Diagram } from "./diagram.ts";

/** The intervals of a node in the making. It can be used again, so that what turns out to be known costs no memory. */
export class Intervals {
  readonly ends: number[] = [];
  readonly children: Diagram<unknown>[] = [];
  /** How many there are; what the lists hold behind them is left over from before. */
  length = 0;

  /** Forgets all intervals. */
  clear(): this {
    this.length = 0;
    return this;
  }

  /** Adds an interval behind the others, joined to the last one when it leads to the same child. */
  append(end: number, child: Diagram<unknown>): void {
    const last = this.length - 1;
    if (last >= 0 && this.children[last] === child) {
      this.ends[last] = end;
      return;
    }
    this.ends[this.length] = end;
    this.children[this.length] = child;
    this.length++;
  }

  /** Makes the last interval end at `end`. */
  extend(end: number): void {
    this.ends[this.length - 1] = end;
  }
}
