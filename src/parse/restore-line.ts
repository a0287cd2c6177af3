import { refuse } from "./parse-error.ts";
import { hasPodIpVariable } from "./pod-ip-variable.ts";
import type { Word } from "./word.ts";

/** A line of a restore document. */
export interface Line {
  readonly text: string;
  /** Its number in the input, from 1. */
  readonly number: number;
  /** The column in the input of each character, where a shell took some away. Absent: as they stand, from 1. */
  readonly columns?: readonly number[];
  /** Whether a shell put `$POD_IP` in. */
  readonly variable?: boolean;
}

/** The lines of a text; a final line break ends a line and begins none. */
export function* linesOf(text: string): Generator<Line> {
  let start = 0;
  for (let number = 1; start < text.length; number++) {
    const end = text.indexOf("\n", start);
    const stop = end === -1 ? text.length : end;
    // A dump that went through a tool of another system has carriage returns.
    yield { text: text.slice(start, text[stop - 1] === "\r" && stop > start ? stop - 1 : stop), number };
    start = stop + 1;
  }
}

/** The column in the input of the character at that index, or of the end of the line. */
export function columnOf(line: Line, index: number): number {
  if (line.columns === undefined) return index + 1;
  return line.columns[index] ?? (line.columns.at(-1) ?? 0) + 1;
}

/**
 * The words of a line from an index on, as `iptables-restore` splits it (`add_param_to_argv` in xshared.c): a quote
 * begins anywhere, a closing quote ends the word, a backslash escapes any character inside quotes and none outside.
 */
export function wordsOf(line: Line, from = 0): readonly Word[] {
  const { text } = line;
  const words: Word[] = [];
  let start = -1;
  let value = "";
  let quoted = false;
  const finish = (end: number): void => {
    if (start === -1) return;
    words.push({
      text: value,
      verbatim: text.slice(start, end),
      quoted,
      variable: line.variable === true && hasPodIpVariable(value),
      place: { line: line.number, column: columnOf(line, start) },
    });
    start = -1;
    value = "";
    quoted = false;
  };
  for (let i = from; i < text.length; i++) {
    const character = text[i] ?? "";
    if (character === " " || character === "\t") {
      finish(i);
      continue;
    }
    if (start === -1) {
      start = i;
      quoted = character === '"';
    }
    if (character !== '"') {
      value += character;
      continue;
    }
    const opening = i;
    for (i++; text[i] !== '"'; i++) {
      if (text[i] === "\\") i++;
      if (i >= text.length) {
        const place = { line: line.number, column: columnOf(line, opening) };
        refuse(place, text.slice(opening), "a closing quote on the same line");
      }
      value += text[i];
    }
    finish(i + 1);
  }
  finish(text.length);
  return words;
}
