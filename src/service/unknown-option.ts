import type { DescEnum } from "@bufbuild/protobuf";
import { type Finding, finding } from "../policy/finding.ts";
import { quote } from "../policy/quote.ts";

/**
 * The finding for an enum of a request that has a number or a name which the contract does not know. The caller may be
 * built from a newer contract, so what it wanted cannot be guessed.
 *
 * @param field Path of the field in the names of the JSON form: `options.dialect`.
 */
export function unknownOption(
  field: string,
  value: number | string,
  { typeName, values }: DescEnum,
): Finding {
  const shown = quote(String(value));
  return finding("UNKNOWN_OPTION", {
    field,
    value: shown,
    message: `'${shown}' is no value of ${typeName}`,
    remedy: `Give one of ${values.map(({ name }) => name).join(", ")}.`,
  });
}
