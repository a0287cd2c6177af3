import type { Rule } from "../../ruleset/rule.ts";

/** The variable that a guarded script takes the rule's address from; undefined when the rule has its address written out. */
export function environmentVariable({ target }: Rule): "POD_IP" | "POD_IPV4" | "POD_IPV6" | undefined {
  return target.kind === "dnat" && target.address.kind === "environment"
    ? target.address.variable
    : undefined;
}
