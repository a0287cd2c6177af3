import type { Transaction } from "../ruleset/operation.ts";
import type { Chain, Rule } from "../ruleset/rule.ts";
import { linkChains } from "./link.ts";
import { unreachableRules } from "./unreachable.ts";

/** Steps without the rules that no packet reaches, and those rules. */
export interface Pruned {
  readonly transactions: readonly Transaction[];
  readonly removed: readonly Rule[];
}

/**
 * Leaves out the rules that no packet reaches. What remains does the same to every packet.
 *
 * @param chains What the steps make of empty tables, of the same rule objects.
 */
export function prune(transactions: readonly Transaction[], chains: readonly Chain[]): Pruned {
  const linked = linkChains(chains);
  if (!linked.ok) throw new Error(`a dialect made chains that the kernel refuses: ${linked.error.kind}`);
  const removed = unreachableRules(linked.value).map(({ rule }) => rule.rule);
  if (removed.length === 0) return { transactions, removed };
  const gone = new Set(removed);
  return {
    transactions: transactions.map((transaction) => ({
      ...transaction,
      operations: transaction.operations.filter((step) => step.kind === "new-chain" || !gone.has(step.rule)),
    })),
    removed,
  };
}
