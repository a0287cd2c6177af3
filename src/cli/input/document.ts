import { InputError } from "../input-error.ts";
import { readJsonDocuments } from "./json-documents.ts";
import type { Path } from "./path.ts";
import type { TextSource } from "./text-source.ts";
import { readYamlDocuments } from "./yaml-documents.ts";

/** One document of an input: plain data, and where each part of it stands. */
export interface Document {
  /** The name of the input. */
  readonly source: string;
  /** Position in the input, from 1. */
  readonly number: number;
  /** Objects, lists, strings, booleans, nulls and numbers; an AmbiguousNumber where a number has two readings. */
  readonly value: unknown;
  /** Where the value at a path stands, or the nearest value around it: `pod.yaml:7:5`. */
  locate(path: Path): string;
}

/**
 * The documents of an input, without the empty ones. Text that begins with a bracket is read as JSON, one value or several;
 * anything else, and JSON that JSON refuses, as YAML.
 *
 * @throws InputError when it is neither.
 */
export function readDocuments(source: TextSource): readonly Document[] {
  const documents = readJsonDocuments(source) ?? readYamlDocuments(source);
  if (documents.length === 0) throw new InputError({ where: source.name, message: "holds no document" });
  return documents;
}
