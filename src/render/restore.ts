import type { Operation, Transaction } from "../ruleset/operation.ts";
import { type Spelling, specification } from "./rule-text.ts";

/** The lines of a restore document for one table: declared chains first, then the rules in the order of the steps. */
export function restoreLines({ table, operations }: Transaction, spelling: Spelling): readonly string[] {
  const chains = operations.flatMap((step) => (step.kind === "new-chain" ? [`:${step.chain} - [0:0]`] : []));
  return [`*${table}`, ...chains, ...operations.flatMap((step) => ruleLine(step, spelling)), "COMMIT"];
}

/** The steps as here-documents for `iptables-restore`, as OSM writes them: a heading, the table, a newline at the end. */
export function renderRestore(transactions: readonly Transaction[], heading: string): string {
  return transactions
    .map((transaction) => heredoc(transaction, [heading, ...restoreLines(transaction, "typed")]))
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
      return [];
    case "append":
      return [`-A ${operation.chain}${specification(operation.rule, spelling)}`];
    case "insert":
      return [`-I ${operation.chain}${specification(operation.rule, spelling)}`];
  }
}
