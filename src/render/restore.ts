import type { Operation, Transaction } from "../ruleset/operation.ts";
import { type Spelling, specification } from "./rule-text.ts";

/** The lines of a restore document for one table: declared chains first, then the rules in the order of the steps. */
export function restoreLines(transaction: Transaction): readonly string[] {
  const rules = transaction.operations.flatMap((step) => ruleLine(step, "typed"));
  return [...declarationLines(transaction), ...rules, "COMMIT"];
}

/** How a restore document begins: the table, and the chains that it makes or empties. */
export function declarationLines({ table, operations }: Transaction): readonly string[] {
  const chains = operations.flatMap((step) => (step.kind === "new-chain" ? [`:${step.chain} - [0:0]`] : []));
  return [`*${table}`, ...chains];
}

/** The rules as `iptables-save` prints them, under their reasons as comments. */
export function explainedRuleLines(operations: readonly Operation[]): readonly string[] {
  let reason = "";
  return operations.flatMap((step) => {
    const line = ruleLine(step, "saved");
    if (step.kind === "new-chain" || line.length === 0 || step.rule.reason === reason) return line;
    reason = step.rule.reason;
    return [`# ${reason}`, ...line];
  });
}

/** The steps as here-documents for `iptables-restore`, as OSM writes them: a heading, the table, a newline at the end. */
export function renderRestore(transactions: readonly Transaction[], heading: string): string {
  return transactions
    .map((transaction) => heredoc(transaction, [heading, ...restoreLines(transaction)]))
    .join("");
}

/** A here-document for the restore program of the transaction's family. The shell expands `$POD_IP` in it. */
export function heredoc({ family }: Transaction, lines: readonly string[]): string {
  const program = family === "ipv4" ? "iptables-restore" : "ip6tables-restore";
  return `${[`${program} --noflush <<EOF`, ...lines, "EOF"].join("\n")}\n`;
}

function ruleLine(operation: Operation, spelling: Spelling): readonly string[] {
  switch (operation.kind) {
    case "new-chain":
    // What is added unless it is there is left to the script around the document.
    case "ensure":
      return [];
    case "append":
      return [`-A ${operation.chain}${specification(operation.rule, spelling)}`];
    case "insert":
      return [`-I ${operation.chain}${specification(operation.rule, spelling)}`];
  }
}
