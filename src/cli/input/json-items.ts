import { InputError } from "../input-error.ts";

/** A JSON object of a stream. */
export interface JsonItem {
  readonly text: string;
  /** The line on which it begins, from 1. */
  readonly line: number;
}

/** The longest object that is kept, in characters; etcd refuses objects of over 1.5 MiB. */
export const MAX_ITEM_LENGTH = 8 * 1024 * 1024;

/** No key that matters is longer than `items`. */
const MAX_KEY_LENGTH = 8;

const SPACE = new Set([" ", "\t", "\n", "\r"]);

/**
 * Finds the objects of JSON that comes in pieces: the items of a Kubernetes list or of an array, and objects one behind the
 * other. It keeps one object at a time, whatever the length of the list.
 */
export class JsonItems {
  readonly #source: string;
  #line = 1;
  /** How many brackets are open. */
  #depth = 0;
  /** How many are open inside an item: 1 where objects stand by themselves. */
  #itemDepth = 1;
  /** Whether the items of a list are read, or stand before this place; absent outside lists. */
  #list: "open" | "closed" | undefined;
  #inString = false;
  #escaped = false;
  /** What stands in the text that was read last, directly in an object that may turn out to be a list. */
  #key = "";
  /** The part of an item that earlier pieces had; undefined where no item is kept. */
  #held: string | undefined;
  #itemLine = 1;

  /** @param source the name that errors give the stream. */
  constructor(source: string) {
    this.#source = source;
  }

  /** The items that end in a piece. @throws InputError on what cannot be JSON of objects. */
  *push(piece: string): Generator<JsonItem> {
    let start = 0;
    for (let at = 0; at < piece.length; at += 1) {
      const character = piece[at] ?? "";
      if (character === "\n") this.#line += 1;
      if (this.#inString) {
        // Nothing in a text matters but its end, where it is no key: most of a list of pods is in texts.
        if (this.#depth > 1 && !this.#escaped) at = endOfPlainText(piece, at);
        this.#string(piece[at] ?? "");
        continue;
      }
      switch (character) {
        case '"':
          this.#refuseOutside(character);
          this.#inString = true;
          this.#key = "";
          break;
        case "{":
        case "[":
          this.#depth += 1;
          if (this.#opens(character)) start = at;
          break;
        case "}":
        case "]":
          if (this.#held !== undefined && this.#depth === this.#itemDepth) {
            yield { text: this.#held + piece.slice(start, at + 1), line: this.#itemLine };
            this.#held = undefined;
          }
          this.#closes();
          break;
        default:
          if (!SPACE.has(character) && !(character === "," && this.#depth > 0))
            this.#refuseOutside(character);
      }
    }
    if (this.#held !== undefined) this.#hold(piece.slice(start));
  }

  /** @throws InputError when the stream ended inside a value. */
  end(): void {
    if (this.#depth > 0) throw this.#fault("the JSON ends in the middle");
  }

  #string(character: string): void {
    if (this.#escaped) this.#escaped = false;
    else if (character === "\\") this.#escaped = true;
    else if (character === '"') this.#inString = false;
    else if (this.#depth === 1 && this.#key.length < MAX_KEY_LENGTH) this.#key += character;
  }

  /** Takes note of a bracket; whether an item begins with it. */
  #opens(character: string): boolean {
    const itemsOfObject = this.#depth === 2 && this.#list === undefined && this.#key === "items";
    if (character === "[" && (this.#depth === 1 || itemsOfObject)) {
      // What stood before the items is not needed.
      this.#held = undefined;
      this.#list = "open";
      this.#itemDepth = this.#depth + 1;
      return false;
    }
    if (this.#depth !== this.#itemDepth || this.#list === "closed") return false;
    if (character === "[") this.#refuseOutside(character);
    this.#held = "";
    this.#itemLine = this.#line;
    return true;
  }

  #closes(): void {
    this.#depth -= 1;
    if (this.#depth < 0) throw this.#fault("a bracket closes that was not opened");
    if (this.#depth === 0) {
      this.#list = undefined;
      this.#itemDepth = 1;
      this.#key = "";
    } else if (this.#list === "open" && this.#depth === this.#itemDepth - 2) {
      // What stands behind the items (`kind`, `metadata`) is passed over.
      this.#list = "closed";
    }
  }

  #refuseOutside(character: string): void {
    if (this.#held !== undefined || this.#list === "closed") return;
    throw this.#fault(`expected an object, found '${character}'`);
  }

  #hold(part: string): void {
    this.#held = (this.#held ?? "") + part;
    if (this.#held.length > MAX_ITEM_LENGTH) {
      throw this.#fault(`an object is over the limit of ${MAX_ITEM_LENGTH} characters`);
    }
  }

  #fault(message: string): InputError {
    return new InputError({ where: `${this.#source}:${this.#line}`, message });
  }
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** Where a text goes on that has something to look at: its end, or an escape; the end of the piece when it has neither. */
function endOfPlainText(piece: string, start: number): number {
  let at = start;
  for (; at < piece.length; at += 1) {
    const code = piece.charCodeAt(at);
    if (code === QUOTE || code === BACKSLASH) break;
  }
  return at;
}
