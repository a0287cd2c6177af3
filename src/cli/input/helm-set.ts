import { formatPath, type Path } from "./path.ts";

/** A value of `--set`, typed as Helm types it: `true`, `false`, `null` and whole numbers, the rest text. */
export type SetScalar = string | number | boolean | null;

/** One `key=value` of a `--set`. */
export interface SetAssignment {
  /** `osm.list[0]` is `["osm", "list", 0]`. */
  readonly path: Path;
  readonly value: SetScalar | readonly SetScalar[];
}

/** The text of a `--set` is not in Helm's syntax. */
export class SetSyntaxError extends Error {
  override readonly name = "SetSyntaxError";
}

/** The highest index that Helm takes. */
const MAX_INDEX = 65_536;

/**
 * Reads the text of a `--set` as Helm does: assignments with commas between them, keys of parts with dots between them and
 * indices in brackets, lists in braces, and a backslash in front of any of these characters to take it for itself.
 *
 * White space counts, as it does in Helm. Unlike in Helm, `{}` is the empty list and not a list of one empty text.
 *
 * @throws SetSyntaxError
 */
export function parseSet(text: string): readonly SetAssignment[] {
  const cursor = new Cursor(text);
  const assignments: SetAssignment[] = [];
  do {
    const path = readPath(cursor);
    const value = readValue(cursor);
    assignments.push({ path, value });
  } while (!cursor.atEnd());
  return assignments;
}

/** A position in the text. */
class Cursor {
  #at = 0;
  readonly #characters: readonly string[];

  constructor(text: string) {
    this.#characters = [...text];
  }

  atEnd(): boolean {
    return this.#at >= this.#characters.length;
  }

  /** Steps over a character if it comes next. */
  skip(character: string): boolean {
    if (this.#characters[this.#at] !== character) return false;
    this.#at += 1;
    return true;
  }

  /** The text up to one of the stops, without its backslashes; the stop is consumed, and undefined at the end. */
  until(stops: string): { readonly text: string; readonly stop: string | undefined } {
    let text = "";
    while (!this.atEnd()) {
      const character = this.#characters[this.#at++] ?? "";
      if (stops.includes(character)) return { text, stop: character };
      text += character === "\\" ? (this.#characters[this.#at++] ?? "") : character;
    }
    return { text, stop: undefined };
  }
}

function readPath(cursor: Cursor): Path {
  const path: (string | number)[] = [];
  let behindIndex = false;
  for (;;) {
    const { text, stop } = cursor.until("=[,.");
    if (behindIndex && text !== "") throw new SetSyntaxError(`'${text}' stands right behind an index`);
    if (!behindIndex && text === "") throw new SetSyntaxError("a key is empty");
    if (!behindIndex) path.push(text);
    switch (stop) {
      case "=":
        return path;
      case "[":
        path.push(readIndex(cursor));
        behindIndex = true;
        break;
      case ".":
        behindIndex = false;
        break;
      default:
        throw new SetSyntaxError(`key '${formatPath(path)}' has no value`);
    }
  }
}

function readIndex(cursor: Cursor): number {
  const { text, stop } = cursor.until("]");
  if (stop === undefined) throw new SetSyntaxError(`index '[${text}' does not end with ']'`);
  if (!/^\d{1,5}$/.test(text) || Number(text) > MAX_INDEX) {
    throw new SetSyntaxError(`index '${text}' is not a whole number from 0 to ${MAX_INDEX}`);
  }
  return Number(text);
}

function readValue(cursor: Cursor): SetScalar | readonly SetScalar[] {
  if (!cursor.skip("{")) return typed(cursor.until(",").text);
  const items: SetScalar[] = [];
  for (;;) {
    const { text, stop } = cursor.until(",}");
    if (stop === undefined) throw new SetSyntaxError("a list does not end with '}'");
    if (stop === "}" && items.length === 0 && text === "") break;
    items.push(typed(text));
    if (stop === "}") break;
  }
  if (!cursor.atEnd() && !cursor.skip(","))
    throw new SetSyntaxError("a list is followed by something else than ','");
  return items;
}

/** Helm leaves numbers with a leading zero as text, so that `0100` is not taken for octal. */
function typed(text: string): SetScalar {
  switch (text.toLowerCase()) {
    case "true":
      return true;
    case "false":
      return false;
    case "null":
      return null;
    default:
      return /^(0|[-+]?[1-9]\d*)$/.test(text) && Number.isSafeInteger(Number(text)) ? Number(text) : text;
  }
}
