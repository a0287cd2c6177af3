import { endOfJsonValue, walkJson } from "./json-text.ts";
import { formatPath, type Path, startsWith } from "./path.ts";

/** How deep the values are whose offsets are kept: the items of a list of pods (`items[7]`). */
const INDEX_DEPTH = 2;

/**
 * Finds the offset of the value at a path, or of the innermost value around it.
 *
 * A list of a thousand pods gets thousands of look-ups: the offsets of its items are found once, at the first, and
 * each look-up then walks through one item.
 *
 * @param text JSON that `JSON.parse` accepts, one value.
 */
export function jsonLocator(text: string): (path: Path) => number {
  let index: ReadonlyMap<string, number> | undefined;
  return (path) => {
    index ??= shallowOffsets(text);
    for (let length = Math.min(path.length, INDEX_DEPTH); length > 0; length -= 1) {
      const offset = index.get(formatPath(path.slice(0, length)));
      if (offset === undefined) continue;
      const end = endOfJsonValue(text, offset);
      // Neither an object nor a list: nothing is deeper.
      if (!"{[".includes(text[offset] ?? "") || end === -1) return offset;
      return offset + innermost(text.slice(offset, end), path.slice(length));
    }
    return 0;
  };
}

function shallowOffsets(text: string): ReadonlyMap<string, number> {
  const offsets = new Map<string, number>();
  walkJson(text, (path, offset) => {
    if (path.length <= INDEX_DEPTH) offsets.set(formatPath(path), offset);
  });
  return offsets;
}

function innermost(text: string, path: Path): number {
  let deepest = { depth: 0, offset: 0 };
  walkJson(text, (at, offset) => {
    if (at.length > deepest.depth && at.length <= path.length && startsWith(path, at)) {
      deepest = { depth: at.length, offset };
    }
  });
  return deepest.offset;
}
