import type { DescField, DescMessage } from "@bufbuild/protobuf";
import { ScalarType } from "@bufbuild/protobuf";

/** A step on the way to a text in a request: into a field, an item of its list, or a key or a value of its map. */
type Step =
  | { readonly kind: "field"; readonly name: string }
  | { readonly kind: "item" }
  | { readonly kind: "key" }
  | { readonly kind: "value"; readonly key: string };

/** The way to a text in a request. */
export type TextField = readonly Step[];

/**
 * Every place of a message that holds a text, found by its descriptor, so that a new field is found by itself. A map has
 * its keys and the values of `keys`, the keys that mean something.
 */
export function textFields(message: DescMessage, keys: readonly string[]): readonly TextField[] {
  return message.fields.flatMap((field) => {
    const step: Step = { kind: "field", name: field.localName };
    return within(field, keys).map((rest) => [step, ...rest]);
  });
}

function within(field: DescField, keys: readonly string[]): readonly TextField[] {
  switch (field.fieldKind) {
    case "scalar":
      return field.scalar === ScalarType.STRING ? [[]] : [];
    case "enum":
      return [];
    case "message":
      return inMessage(field.message, keys);
    case "list":
      return (
        field.listKind === "message"
          ? inMessage(field.message, keys)
          : field.listKind === "scalar" && field.scalar === ScalarType.STRING
            ? [[]]
            : []
      ).map((rest) => [{ kind: "item" }, ...rest]);
    case "map":
      return [[{ kind: "key" }], ...keys.map((key) => [{ kind: "value", key } as const])];
  }
}

/** A value of any JSON type, which may be a text, stands for itself. */
function inMessage(message: DescMessage, keys: readonly string[]): readonly TextField[] {
  return message.typeName === "google.protobuf.Value" ? [[]] : textFields(message, keys);
}

/** A copy of `container` with `text` at the field. Lists get it in their first message, or as one text more. */
export function withText(container: unknown, field: TextField, text: string): unknown {
  const [step, ...rest] = field;
  if (step === undefined) return text;
  switch (step.kind) {
    case "field":
    case "value": {
      const name = step.kind === "field" ? step.name : step.key;
      const members = isObject(container) ? container : {};
      return { ...members, [name]: withText(members[name], rest, text) };
    }
    case "key":
      return { ...(isObject(container) ? container : {}), [text]: "80" };
    case "item": {
      const items: readonly unknown[] = Array.isArray(container) ? container : [];
      if (rest.length === 0) return [...items, text];
      return [withText(items[0], rest, text), ...items.slice(1)];
    }
  }
}

/** The way in words. */
export function fieldName(field: TextField): string {
  return field.map(stepName).join("");
}

function stepName(step: Step): string {
  switch (step.kind) {
    case "field":
      return `.${step.name}`;
    case "item":
      return "[]";
    case "key":
      return "[key]";
    case "value":
      return `[${step.key}]`;
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
