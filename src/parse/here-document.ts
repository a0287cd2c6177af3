import { refuse } from "./parse-error.ts";
import { podIpVariableAt } from "./pod-ip-variable.ts";
import { columnOf, type Line } from "./restore-line.ts";
import type { ShellScanner } from "./shell-scanner.ts";

/** A here-document that was announced with `<<`. */
export interface Announcement {
  /** The line that ends it. */
  readonly delimiter: string;
  /** Whether the shell hands its lines on as they are. */
  readonly quoted: boolean;
  /** Whether tabs at the beginning of its lines are taken away (`<<-`). */
  readonly tabs: boolean;
}

/** The lines of a here-document that begins here, as the shell hands them on; its end is passed. */
export function readHereDocument(
  scanner: ShellScanner,
  { delimiter, quoted, tabs }: Announcement,
): readonly Line[] {
  const lines: Line[] = [];
  for (;;) {
    if (scanner.ended) scanner.refuse(`a line ${delimiter}, which ends the here-document`);
    const number = scanner.place.line;
    const raw = scanner.passLine();
    const text = tabs ? raw.replace(/^\t+/, "") : raw;
    if (text === delimiter) return lines;
    const indent = raw.length - text.length;
    const columns = { columns: Array.from({ length: text.length }, (_, i) => i + indent + 1) };
    const line = { text, number, ...(indent > 0 && columns) };
    lines.push(quoted ? line : expandLine(line));
  }
}

/**
 * A line as the shell hands it on when the delimiter is not quoted: `$POD_IP` is put in, and a backslash takes the
 * meaning of a `$`, a backquote or a backslash behind it (POSIX.1-2017, Shell Command Language, 2.7.4). The variable stays
 * in the text by its name. Any other expansion is refused, since what it would give is not known.
 */
function expandLine(line: Line): Line {
  if (!/[$`\\]/.test(line.text)) return line;
  const columns: number[] = [];
  let text = "";
  let variable = false;
  const add = (part: string, index: number): void => {
    text += part;
    for (const _ of part) columns.push(columnOf(line, index));
  };
  for (let i = 0; i < line.text.length; i++) {
    const character = line.text[i] ?? "";
    const next = line.text[i + 1];
    const found = podIpVariableAt(line.text, i);
    if (found !== undefined) {
      add(found.spelling, i);
      variable = true;
      i += found.length - 1;
    } else if (character === "\\" && next !== undefined && "$`\\".includes(next)) {
      // Without its backslash it would look as if the shell had put it in.
      if (podIpVariableAt(line.text, i + 1) !== undefined) refuseExpansion(line, i);
      add(next, i);
      i++;
    } else if ("$`".includes(character) || (character === "\\" && next === undefined))
      refuseExpansion(line, i);
    else add(character, i);
  }
  return { text, number: line.number, columns, ...(variable && { variable }) };
}

function refuseExpansion(line: Line, index: number): never {
  const place = { line: line.number, column: columnOf(line, index) };
  refuse(place, line.text.slice(index), `text that no shell expands, or $POD_IP`);
}
