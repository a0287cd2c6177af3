import type { DescMessage, Message } from "@bufbuild/protobuf";
import { type ReflectMessage, reflect } from "@bufbuild/protobuf/reflect";

/** The fields that a message and those inside it leave at their defaults, by their paths. Of a choice, one is enough. */
export function unsetFields(schema: DescMessage, message: Message): readonly string[] {
  return unset(reflect(schema, message), "");
}

function unset(message: ReflectMessage, path: string): readonly string[] {
  const chosen = message.desc.oneofs.filter((oneof) => message.oneofCase(oneof) === undefined);
  const fields = message.fields.filter(({ oneof }) => oneof === undefined);
  return [
    ...chosen.map(({ name }) => `${path}${name}`),
    ...fields.flatMap((field): readonly string[] => {
      const place = `${path}${field.name}`;
      if (!message.isSet(field)) return [place];
      if (field.fieldKind === "message") return unset(message.get(field), `${place}.`);
      if (field.fieldKind !== "list" || field.listKind !== "message") return [];
      // What one item leaves out, another may have.
      const items = [...message.get(field)] as readonly ReflectMessage[];
      const [first = [], ...others] = items.map((item) => unset(item, `${place}[].`));
      return first.filter((name) => others.every((names) => names.includes(name)));
    }),
  ];
}
