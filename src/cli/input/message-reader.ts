import {
  type DescField,
  type DescMessage,
  fromJson,
  type JsonValue,
  type MessageShape,
} from "@bufbuild/protobuf";
import { ValueSchema } from "@bufbuild/protobuf/wkt";
import { InputError, type InputFault } from "../input-error.ts";
import { expectation } from "./expectation.ts";
import { formatPath, type Path } from "./path.ts";
import { valueAt } from "./resource.ts";

/**
 * Reads plain data as a message of the contract; fields that the contract does not name are ignored.
 *
 * @param locate where the value at a path of the data stands, for messages.
 * @throws InputError with every field whose value the contract's types do not take.
 */
export function readMessage<Schema extends DescMessage>(
  schema: Schema,
  data: unknown,
  locate: (path: Path) => string,
): MessageShape<Schema> {
  try {
    return fromJson(schema, data as JsonValue, { ignoreUnknownFields: true });
  } catch (error) {
    const paths = faultyPaths(schema, data, []);
    // Each part is read without a fault, and the whole is not: all that is known is what the reader said.
    if (paths.length === 0) {
      const message = error instanceof Error ? error.message : String(error);
      throw new InputError({ where: locate([]), message });
    }
    throw new InputError(...paths.map((faulty) => describe(data, faulty, locate)));
  }
}

interface FaultyPath {
  readonly path: Path;
  /** The field whose type was not met; absent for a message itself. */
  readonly field?: DescField;
  /** Whether it is one item of the field's list, or one value of its map. */
  readonly part: boolean;
}

/**
 * The paths of the values that cannot be read, found by reading each part alone: the reader itself stays the one judge of
 * what a type takes, and reports only its first complaint, without a path.
 */
function faultyPaths(schema: DescMessage, data: unknown, path: Path): readonly FaultyPath[] {
  if (typeof data !== "object" || data === null || Array.isArray(data)) {
    return reads(schema, data) ? [] : [{ path, part: false }];
  }
  return Object.entries(data).flatMap(([key, value]) => {
    const field = schema.fields.find(({ jsonName, name }) => jsonName === key || name === key);
    if (field === undefined || reads(schema, { [key]: value })) return [];
    return faultsOfField(schema, field, key, value, [...path, key]);
  });
}

function faultsOfField(
  schema: DescMessage,
  field: DescField,
  key: string,
  value: unknown,
  path: Path,
): readonly FaultyPath[] {
  const parts: readonly (readonly [string | number, unknown, unknown])[] =
    field.fieldKind === "list" && Array.isArray(value)
      ? value.map((item, index) => [index, item, [item]])
      : field.fieldKind === "map" && typeof value === "object" && value !== null
        ? Object.entries(value).map(([name, item]) => [name, item, { [name]: item }])
        : [];
  const within = parts.flatMap(([step, item, alone]) => {
    if (reads(schema, { [key]: alone })) return [];
    const deeper = field.message === undefined ? [] : faultyPaths(field.message, item, [...path, step]);
    return deeper.length > 0 ? deeper : [{ path: [...path, step], field, part: true }];
  });
  if (within.length > 0) return within;
  if (field.fieldKind === "message" && field.message.typeName !== ValueSchema.typeName) {
    const deeper = faultyPaths(field.message, value, path);
    if (deeper.length > 0 && deeper.every(({ path: at }) => at.length > path.length)) return deeper;
  }
  return [{ path, field, part: false }];
}

function reads(schema: DescMessage, data: unknown): boolean {
  try {
    fromJson(schema, data as JsonValue, { ignoreUnknownFields: true });
    return true;
  } catch {
    return false;
  }
}

function describe(data: unknown, faulty: FaultyPath, locate: (path: Path) => string): InputFault {
  const { path, field, part } = faulty;
  const message = expectation(field, part, valueAt(data, path));
  return { where: locate(path), message: path.length === 0 ? message : `${formatPath(path)}: ${message}` };
}
