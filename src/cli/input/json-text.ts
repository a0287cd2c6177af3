import type { Path } from "./path.ts";

/** Called for each value in JSON text, outer values first. `path` is only good until the call returns. */
export type JsonVisitor = (path: Path, offset: number, repeatedKey: boolean) => void;

/** An object or a list that the walk is inside of. */
interface Frame {
  /** The keys seen so far; absent in a list. */
  readonly keys?: Set<string>;
  /** Whether the next string of an object is a key. */
  awaitsKey: boolean;
}

/**
 * The offset behind the JSON value that begins at `start` with `{` or `[`; -1 when it has no end.
 *
 * It only counts brackets outside strings: whether the text is JSON is for `JSON.parse` to say. kubectl reads such
 * values one after another, and `cat a.json b.json` makes them.
 */
export function endOfJsonValue(text: string, start: number): number {
  let depth = 0;
  for (let at = start; at < text.length; at += 1) {
    const character = text[at];
    if (character === '"') {
      at = endOfString(text, at);
      if (at === -1) return -1;
    } else if (character === "{" || character === "[") {
      depth += 1;
    } else if (character === "}" || character === "]") {
      depth -= 1;
      if (depth === 0) return at + 1;
    }
  }
  return -1;
}

/**
 * Visits each value of a JSON text with its path and offset, and says whether its key stood in its object before, which
 * `JSON.parse` keeps to itself.
 *
 * @param text JSON that `JSON.parse` accepts. It is walked without recursion, so depth costs no stack.
 */
export function walkJson(text: string, visit: JsonVisitor): void {
  const frames: Frame[] = [];
  const path: (string | number)[] = [];
  let repeated = false;
  const value = (offset: number): void => {
    visit(path, offset, repeated);
    repeated = false;
  };
  for (let at = 0; at < text.length; at += 1) {
    const character = text[at];
    const frame = frames.at(-1);
    switch (character) {
      case "{":
      case "[":
        value(at);
        frames.push(character === "{" ? { keys: new Set(), awaitsKey: true } : { awaitsKey: false });
        // The place of the first key or item; an empty one leaves it unused.
        path.push(character === "{" ? "" : 0);
        break;
      case "}":
      case "]":
        frames.pop();
        path.pop();
        break;
      case ",": {
        const last = path.length - 1;
        const index = path[last];
        if (typeof index === "number") path[last] = index + 1;
        else if (frame !== undefined) frame.awaitsKey = true;
        break;
      }
      case '"': {
        const end = endOfString(text, at);
        if (frame?.awaitsKey === true) {
          const key = String(JSON.parse(text.slice(at, end + 1)));
          repeated = frame.keys?.has(key) === true;
          frame.keys?.add(key);
          frame.awaitsKey = false;
          path[path.length - 1] = key;
        } else {
          value(at);
        }
        at = end;
        break;
      }
      case ":":
      case " ":
      case "\n":
      case "\r":
      case "\t":
        break;
      default:
        value(at);
        while (at + 1 < text.length && !/[\s,\]}]/.test(text[at + 1] ?? ",")) at += 1;
    }
  }
}

/** The offset of the quote that ends the string whose first quote stands at `start`; -1 when it has no end. */
function endOfString(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at += 1) {
    if (text[at] === "\\") at += 1;
    else if (text[at] === '"') return at;
  }
  return -1;
}
