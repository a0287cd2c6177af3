import type { Transaction } from "../ruleset/operation.ts";
import { heredoc } from "./restore.ts";
import { specification } from "./rule-text.ts";

/** The names of the chains that are always there. */
const BUILT_IN_CHAINS: ReadonlySet<string> = new Set([
  "PREROUTING",
  "INPUT",
  "FORWARD",
  "OUTPUT",
  "POSTROUTING",
]);

/**
 * Steps that take back exactly what a transaction added, as arguments of iptables: its rules in built-in chains first,
 * so that nothing refers to its chains any more, then their rules, then the chains.
 */
function undoSteps({ operations }: Transaction): readonly string[] {
  const chains = operations.flatMap((operation) => (operation.kind === "new-chain" ? [operation.chain] : []));
  const rules = operations.flatMap((operation) =>
    operation.kind !== "new-chain" && BUILT_IN_CHAINS.has(operation.chain)
      ? [`-D ${operation.chain}${specification(operation.rule, "typed")}`]
      : [],
  );
  return [...rules, ...chains.map((chain) => `-F ${chain}`), ...chains.map((chain) => `-X ${chain}`)];
}

/** The steps that take back the transactions as one shell command line. */
export function renderCommandCleanup(transactions: readonly Transaction[]): string {
  return transactions
    .flatMap((transaction) => {
      const program = transaction.family === "ipv4" ? "iptables" : "ip6tables";
      return undoSteps(transaction).map((step) => `${program} -t ${transaction.table} ${step}`);
    })
    .join(" && ");
}

/** The steps that take back the transactions as restore documents. */
export function renderRestoreCleanup(transactions: readonly Transaction[]): string {
  return transactions
    .map((transaction) =>
      heredoc(transaction, [`*${transaction.table}`, ...undoSteps(transaction), "COMMIT"]),
    )
    .join("");
}
