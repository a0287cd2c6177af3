import type { Operation, Transaction } from "../ruleset/operation.ts";
import { specification } from "./rule-text.ts";

/** The steps as one shell command line: an iptables command each, and the next only when the last went well. */
export function renderCommands(transactions: readonly Transaction[]): string {
  return transactions
    .flatMap(({ family, table, operations }) => {
      const program = family === "ipv4" ? "iptables" : "ip6tables";
      return operations.map((operation) => `${program} -t ${table} ${step(operation)}`);
    })
    .join(" && ");
}

function step(operation: Operation): string {
  switch (operation.kind) {
    case "new-chain":
      return `-N ${operation.chain}`;
    case "append":
      return `-A ${operation.chain}${specification(operation.rule, "typed")}`;
    case "ensure":
      // One command line has no transaction in which a check and an addition would be one step.
      throw new Error("a command line cannot add a rule unless it is there");
    case "insert":
      return `-I ${operation.chain}${specification(operation.rule, "typed")}`;
  }
}
