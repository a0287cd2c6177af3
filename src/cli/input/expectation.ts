import { type DescField, ScalarType } from "@bufbuild/protobuf";
import { AmbiguousNumber } from "./ambiguous-number.ts";

/** What is said of the longest value: enough to know it by. */
const MAX_SHOWN = 60;

/**
 * What a field takes and what it was given, for a value that it does not take.
 *
 * @param field the field; undefined for a message itself.
 * @param part whether the value is one item of the field's list, or one value of its map.
 */
export function expectation(field: DescField | undefined, part: boolean, value: unknown): string {
  const single = part || (field?.fieldKind !== "list" && field?.fieldKind !== "map");
  if (single && field?.scalar === ScalarType.STRING) {
    const written = value instanceof AmbiguousNumber ? value.source : String(value);
    if (value instanceof AmbiguousNumber || typeof value === "number" || typeof value === "boolean") {
      return `must be a string; put it in quotes: "${written}"`;
    }
  }
  if (value instanceof AmbiguousNumber) {
    return `${value.source} is a number that readers of YAML differ about; write it in plain decimal digits`;
  }
  return `must be ${expected(field, part)}, not ${shown(value)}`;
}

function expected(field: DescField | undefined, part: boolean): string {
  if (field?.fieldKind === "list" && !part) {
    return field.scalar === ScalarType.INT32 ? "a list, such as [6379, 7070]" : "a list";
  }
  if (field?.fieldKind === "map" && !part) return "an object of strings";
  switch (field?.scalar) {
    case ScalarType.STRING:
      return "a string";
    case ScalarType.INT32:
      return "a whole number from -2147483648 to 2147483647";
    case ScalarType.BOOL:
      return "true or false";
    default:
      return "an object";
  }
}

function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text;
}
