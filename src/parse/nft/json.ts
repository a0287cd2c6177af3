import { refuse } from "../parse-error.ts";

/** A value of JSON that was not looked into yet. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** The deepest nesting that is read: nft itself prints about ten levels. */
const MAX_DEPTH = 64;

/** The JSON in a text. */
export function readJson(text: string): unknown {
  checkDepth(text);
  try {
    return JSON.parse(text);
  } catch (error) {
    // V8 tells the offset of most errors; where it does not, the beginning has to do.
    const offset = Number(/position (\d+)/.exec(String(error))?.[1] ?? 0);
    const before = text.slice(0, offset).split("\n");
    const place = { line: before.length, column: (before.at(-1)?.length ?? 0) + 1 };
    refuse(place, text.slice(offset, offset + 200), "JSON");
  }
}

/** The value when it is an object, and no array. */
export function objectOf(value: unknown): JsonObject | undefined {
  return isObject(value) ? value : undefined;
}

/** The value when it is a text. */
export function textOf(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

/** The value when it is a whole number from 0 to `limit`. */
export function numberOf(value: unknown, limit: number): number | undefined {
  return typeof value === "number" && Number.isInteger(value) && value >= 0 && value <= limit
    ? value
    : undefined;
}

/** The only member of an object, which is how nft writes what something is: `{"range": […]}`. */
export function onlyMember(value: unknown): readonly [string, unknown] | undefined {
  const members = isObject(value) ? Object.entries(value) : [];
  return members.length === 1 ? members[0] : undefined;
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** What reads the values calls itself for each level. */
function checkDepth(text: string): void {
  let depth = 0;
  let quoted = false;
  for (let i = 0; i < text.length; i++) {
    const character = text[i];
    if (quoted) {
      if (character === "\\") i++;
      else if (character === '"') quoted = false;
    } else if (character === '"') quoted = true;
    else if (character === "{" || character === "[") {
      if (++depth > MAX_DEPTH)
        refuse({ line: 1, column: i + 1 }, text.slice(i, i + 200), `at most ${MAX_DEPTH} levels`);
    } else if (character === "}" || character === "]") depth--;
  }
}
