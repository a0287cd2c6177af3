import type { Transaction } from "../ruleset/operation.ts";
import type { UnreachableRule } from "./unreachable.ts";

/**
 * Leaves out the rules that no packet reaches. What remains does the same to every packet.
 *
 * @param unreachable Rules of the chains that the steps make of empty tables, of the same rule objects.
 */
export function prune(
  transactions: readonly Transaction[],
  unreachable: readonly UnreachableRule[],
): readonly Transaction[] {
  if (unreachable.length === 0) return transactions;
  const gone = new Set(unreachable.map(({ rule }) => rule.rule));
  return transactions.map((transaction) => ({
    ...transaction,
    operations: transaction.operations.filter((step) => step.kind === "new-chain" || !gone.has(step.rule)),
  }));
}
