import type { DescEnum } from "@bufbuild/protobuf";

/** A value of an enum as a word for people: `nat` for TABLE_NAT. */
export function enumWord(schema: DescEnum, value: number): string {
  return (schema.value[value]?.localName ?? String(value)).toLowerCase().replaceAll("_", " ");
}
