import type { Operation, Transaction } from "../ruleset/operation.ts";
import { hasComment, type Spelling, specification } from "./rule-text.ts";

/** How a restore document begins: the table, and the chains that it makes or empties. */
export function declarationLines({ table, operations }: Transaction): readonly string[] {
  const chains = operations.flatMap((step) => (step.kind === "new-chain" ? [`:${step.chain} - [0:0]`] : []));
  return [`*${table}`, ...chains];
}

/** The rules under their reasons as comments, but for rules that carry comments of their own. */
export function explainedRuleLines(operations: readonly Operation[], spelling: Spelling): readonly string[] {
  let reason = "";
  return operations.flatMap((step) => {
    const line = ruleLine(step, spelling);
    if (step.kind === "new-chain" || line.length === 0 || step.rule.reason === reason) return line;
    reason = step.rule.reason;
    return hasComment(step.rule) ? line : [`# ${reason}`, ...line];
  });
}

/**
 * The steps as here-documents for `iptables-restore`, as OSM writes them: a heading, the table with its chains, the rules
 * in the order of the steps, a newline at the end.
 *
 * @param explained whether the rules stand under their reasons, which no mesh version writes.
 */
export function renderRestore(
  transactions: readonly Transaction[],
  heading: string,
  explained: boolean,
): string {
  return transactions
    .map((transaction) => {
      const { operations } = transaction;
      const rules = explained
        ? explainedRuleLines(operations, "typed")
        : operations.flatMap((step) => ruleLine(step, "typed"));
      return heredoc(transaction, [heading, ...declarationLines(transaction), ...rules, "COMMIT"]);
    })
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
