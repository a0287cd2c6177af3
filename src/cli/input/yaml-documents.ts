import { isNode, LineCounter, parseAllDocuments, visit, type Document as YamlDocument } from "yaml";
import { InputError } from "../input-error.ts";
import { AmbiguousNumber } from "./ambiguous-number.ts";
import type { Document } from "./document.ts";
import type { Path } from "./path.ts";
import type { TextSource } from "./text-source.ts";

/** The most YAML that is read of one input, in characters: its parser takes some 60 bytes and a microsecond for each. */
export const MAX_YAML_LENGTH = 16 * 1024 * 1024;

/** How many values the aliases of a document may stand for together; manifests have a handful. */
const MAX_ALIASES = 100;

/** How JSON spells numbers. */
const JSON_NUMBER = /^-?(0|[1-9]\d*)(\.\d+)?([eE][-+]?\d+)?$/;

/**
 * The documents of a YAML text, without the empty ones. Anchors and merge keys are read as kubectl reads them.
 *
 * @throws InputError on text that is not YAML, over 16 MiB, with a key twice in one mapping, or with aliases that multiply.
 */
export function readYamlDocuments(source: TextSource): readonly Document[] {
  const { name, text } = source;
  if (text.length > MAX_YAML_LENGTH) {
    throw new InputError({
      where: name,
      message: `is over the limit of ${MAX_YAML_LENGTH} characters for YAML; JSON (kubectl … -o json) may be larger`,
    });
  }
  const lineCounter = new LineCounter();
  const place = (offset: number): string => {
    const { line, col } = lineCounter.linePos(offset);
    return `${name}:${line}:${col}`;
  };
  const parsed = parseAllDocuments(text, {
    lineCounter,
    logLevel: "error",
    merge: true,
    prettyErrors: false,
    stringKeys: true,
    version: "1.2",
  });
  if (!Array.isArray(parsed)) return [];
  const faults = parsed.flatMap(({ errors }) =>
    errors.map(({ message, pos }) => ({ where: place(pos[0]), message: `not YAML: ${message}` })),
  );
  if (faults.length > 0) throw new InputError(...faults.slice(0, 20));
  return parsed.flatMap((document, index) => {
    const value = plainValue(document, name, index + 1);
    if (value === null || value === undefined) return [];
    return [{ source: name, number: index + 1, value, locate: (path) => place(offsetOf(document, path)) }];
  });
}

function plainValue(document: YamlDocument, name: string, number: number): unknown {
  try {
    visit(document, {
      Alias: (_key, node, ancestors) => {
        const target = node.resolve(document);
        if (ancestors.some((ancestor) => ancestor === target))
          throw new ReferenceError(`*${node.source} holds itself`);
      },
      Scalar: (_key, node) => {
        if (typeof node.value !== "number" || node.source === undefined) return;
        if (!JSON_NUMBER.test(node.source)) node.value = new AmbiguousNumber(node.source);
      },
    });
    return document.toJS({ maxAliasCount: MAX_ALIASES });
  } catch (error) {
    // The parser throws ReferenceError for aliases past the limit or to nowhere, RangeError when the stack ran out.
    const message = error instanceof ReferenceError ? error.message : "is nested too deeply";
    throw new InputError({ where: `${name}, document ${number}`, message });
  }
}

/** The offset of the node at a path, or of the innermost node around it. */
function offsetOf(document: YamlDocument, path: Path): number {
  for (let length = path.length; length > 0; length -= 1) {
    const node = document.getIn(path.slice(0, length), true);
    if (isNode(node) && node.range != null) return node.range[0];
  }
  return document.contents?.range?.[0] ?? 0;
}
