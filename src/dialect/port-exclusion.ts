import type { PortEntry } from "../policy/policy.ts";
import type { Operation } from "../ruleset/operation.ts";
import type { Rule } from "../ruleset/rule.ts";
import { caused, destinationPorts, RETURN, TCP } from "../ruleset/vocabulary.ts";

/** One multiport rule for all ports of a list, in the list's order; none when the list is empty. */
export function portExclusion(
  chain: string,
  reason: string,
  entries: readonly PortEntry[],
  add: (chain: string, rule: Rule) => Operation,
): readonly Operation[] {
  if (entries.length === 0) return [];
  const origins = entries.flatMap((entry) => entry.origins);
  const ports = destinationPorts(entries.map(({ range }) => range));
  return [add(chain, caused(reason, origins, [TCP, ports], RETURN))];
}
