import type { Transaction } from "./operation.ts";
import type { Chain } from "./rule.ts";
import { TableState } from "./table-state.ts";

/**
 * The chains that the kernel has after it applied the operations to a table without rules: built-in chains that got a
 * rule first, then the others in the order of their creation.
 *
 * Rules inserted at the head stand in the reverse order of their insertion.
 *
 * @throws Error on an operation that iptables would refuse (a chain created twice, a rule for a chain that is not
 * there): a bug of the dialect, never the caller's fault.
 */
export function applyTransaction({ family, table, operations }: Transaction): readonly Chain[] {
  const state = new TableState(family, table);
  for (const operation of operations) {
    const refusal = state.apply(operation);
    if (refusal !== undefined) throw new Error(refusal);
  }
  return state.chains();
}
