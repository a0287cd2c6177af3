import { LineCounter } from "yaml";
import { InputError, type InputFault } from "../input-error.ts";
import type { Document } from "./document.ts";
import { jsonLocator } from "./json-locator.ts";
import { endOfJsonValue, walkJson } from "./json-text.ts";
import { formatPath } from "./path.ts";
import type { TextSource } from "./text-source.ts";

/** How many repeated keys are told: whoever has more has one mistake, not many. */
const MAX_REPEATED_KEYS = 20;

/**
 * The values of a text that is JSON from end to end; undefined when it is something else.
 *
 * YAML's parser reads JSON too, at a hundredth of the speed, and `kubectl get pods -A -o json` prints megabytes.
 *
 * @throws InputError when an object has a key twice: readers differ in which of the two they take.
 */
export function readJsonDocuments(source: TextSource): readonly Document[] | undefined {
  const documents: Document[] = [];
  const { name, text } = source;
  const place = placeIn(name, text);
  for (let start = skipSpace(text, 0); start < text.length; ) {
    if (text[start] !== "{" && text[start] !== "[") return undefined;
    const end = endOfJsonValue(text, start);
    if (end === -1) return undefined;
    const offset = start;
    const slice = text.slice(start, end);
    const value = parse(slice);
    if (value === undefined) return undefined;
    refuseRepeatedKeys(slice, (at) => place(offset + at));
    const find = jsonLocator(slice);
    documents.push({
      source: name,
      number: documents.length + 1,
      value,
      locate: (path) => place(offset + find(path)),
    });
    start = skipSpace(text, end);
  }
  return documents.length === 0 ? undefined : documents;
}

/** Turns offsets into `file:line:column`. The table of lines is made when the first place is asked for. */
function placeIn(name: string, text: string): (offset: number) => string {
  let lines: LineCounter | undefined;
  return (offset) => {
    if (lines === undefined) {
      lines = new LineCounter();
      lines.addNewLine(0);
      for (let at = text.indexOf("\n"); at !== -1; at = text.indexOf("\n", at + 1)) lines.addNewLine(at + 1);
    }
    const { line, col } = lines.linePos(offset);
    return `${name}:${line}:${col}`;
  };
}

function skipSpace(text: string, start: number): number {
  let at = start;
  while (at < text.length && " \t\r\n".includes(text[at] ?? "")) at += 1;
  return at;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function refuseRepeatedKeys(text: string, place: (offset: number) => string): void {
  const faults: InputFault[] = [];
  walkJson(text, (path, offset, repeatedKey) => {
    if (!repeatedKey || faults.length === MAX_REPEATED_KEYS) return;
    faults.push({ where: place(offset), message: `${formatPath(path)}: the key stands twice in its object` });
  });
  if (faults.length > 0) throw new InputError(...faults);
}
