import type { Operation, Transaction } from "./operation.ts";
import type { Chain, Hook, Rule } from "./rule.ts";

/** The built-in chains of the nat table, in the order in which `iptables-save` prints them. */
const NAT_HOOKS: readonly Hook[] = ["PREROUTING", "INPUT", "OUTPUT", "POSTROUTING"];

/**
 * The chains that the kernel has after it applied the operations to a table without rules: built-in chains that got a
 * rule first, then the others in the order of their creation.
 *
 * Rules inserted at the head stand in the reverse order of their insertion.
 *
 * @throws Error on an operation that iptables would refuse (a chain created twice, a rule for a chain that is not
 * there): a bug of the dialect, never the caller's fault.
 */
export function applyTransaction(transaction: Transaction): readonly Chain[] {
  const chains = new Map<string, { inserted: Rule[]; appended: Rule[] }>(
    NAT_HOOKS.map((hook) => [hook, { inserted: [], appended: [] }]),
  );
  for (const operation of transaction.operations) applyOperation(chains, operation);

  const result: Chain[] = [];
  for (const [name, { inserted, appended }] of chains) {
    const rules = [...inserted.reverse(), ...appended];
    const hook = NAT_HOOKS.find((candidate) => candidate === name);
    if (hook !== undefined && rules.length === 0) continue;
    const chain = { family: transaction.family, table: transaction.table, name, rules };
    result.push(hook === undefined ? chain : { ...chain, hook });
  }
  return result;
}

function applyOperation(
  chains: Map<string, { inserted: Rule[]; appended: Rule[] }>,
  operation: Operation,
): void {
  const chain = chains.get(operation.chain);
  switch (operation.kind) {
    case "new-chain":
      if (chain !== undefined) throw new Error(`chain ${operation.chain} is created twice`);
      chains.set(operation.chain, { inserted: [], appended: [] });
      return;
    case "append":
    case "insert":
      if (chain === undefined) throw new Error(`chain ${operation.chain} is used before it is created`);
      (operation.kind === "append" ? chain.appended : chain.inserted).push(operation.rule);
  }
}
