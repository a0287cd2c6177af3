import type { DescField, DescMessage } from "@bufbuild/protobuf";
import type { Finding } from "../policy/finding.ts";
import { unknownOption } from "./unknown-option.ts";

/**
 * The enum names in the JSON form of a message that the contract does not know, in the order of the text.
 *
 * Kubernetes objects have fields that the contract leaves out, so JSON is read with unknown fields ignored. ProtoJSON
 * then drops unknown enum names too, and `"dialect": "DIALECT_OSM_V9"` would silently mean the default dialect.
 */
export function unknownEnumNames(message: DescMessage, json: unknown): readonly Finding[] {
  return hasEnums(message) ? [...inMessage(message, json, "")] : [];
}

function* inMessage(message: DescMessage, json: unknown, path: string): Generator<Finding> {
  if (!isObject(json)) return;
  for (const field of message.fields) {
    for (const key of new Set([field.jsonName, field.name])) {
      if (Object.hasOwn(json, key)) yield* inField(field, json[key], path === "" ? key : `${path}.${key}`);
    }
  }
}

function* inField(field: DescField, json: unknown, path: string): Generator<Finding> {
  if (field.enum === undefined && !(field.message !== undefined && hasEnums(field.message))) return;
  switch (field.fieldKind) {
    case "list":
      if (!Array.isArray(json)) return;
      for (const [index, item] of json.entries()) yield* inValue(field, item, `${path}[${index}]`);
      return;
    case "map":
      if (!isObject(json)) return;
      for (const [key, value] of Object.entries(json)) yield* inValue(field, value, `${path}["${key}"]`);
      return;
    case "enum":
    case "message":
      yield* inValue(field, json, path);
  }
}

function* inValue(field: DescField, json: unknown, path: string): Generator<Finding> {
  if (field.message !== undefined) yield* inMessage(field.message, json, path);
  if (field.enum !== undefined && typeof json === "string") {
    const { values } = field.enum;
    if (!values.some(({ name }) => name === json)) yield unknownOption(path, json, field.enum);
  }
}

const messagesWithEnums = new Map<DescMessage, boolean>();

/** Whether a message can hold an enum at any depth; large lists without one are then never walked. */
function hasEnums(message: DescMessage): boolean {
  // Well-known types have a JSON form of their own, which does not follow their fields.
  if (message.typeName.startsWith("google.protobuf.")) return false;
  const known = messagesWithEnums.get(message);
  if (known !== undefined) return known;
  messagesWithEnums.set(message, false);
  const found = message.fields.some(
    (field) => field.enum !== undefined || (field.message !== undefined && hasEnums(field.message)),
  );
  messagesWithEnums.set(message, found);
  return found;
}

function isObject(json: unknown): json is Readonly<Record<string, unknown>> {
  return typeof json === "object" && json !== null && !Array.isArray(json);
}
