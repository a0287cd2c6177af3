import { finding } from "../policy/finding.ts";
import { quote } from "../policy/quote.ts";
import { refusal } from "./refusal.ts";
import type { ServiceError } from "./service-error.ts";

/**
 * The error of a set of rules that cannot be read.
 *
 * @param field Path of the field in the names of the JSON form: `rules.script`.
 */
export function invalidRules(field: string, value: string, why: string): ServiceError {
  const invalid = finding("INVALID_RULES", {
    field,
    value: quote(value),
    message: why,
    remedy:
      "Give what `iptables-save` or `nft -j list ruleset` prints, a script of iptables commands, or a request.",
  });
  return refusal([invalid], "strict");
}
