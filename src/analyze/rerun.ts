import type { Transaction } from "../ruleset/operation.ts";

/**
 * What a second run of a script does to what the first one left.
 *
 * `fails`: a command creates a chain that is there (`iptables: Chain already exists.`). `doubles`: a restore document
 * empties the chains that it declares, so their rules are the same again, but those that it adds to built-in chains
 * come on top of the first run's (man iptables-restore, --noflush). `same`: nothing changes.
 */
export function secondRun(
  transactions: readonly Transaction[],
  form: "commands" | "restore" | "nftables",
): "fails" | "doubles" | "same" {
  const operations = transactions.flatMap((transaction) => transaction.operations);
  const declared = new Set(operations.flatMap((step) => (step.kind === "new-chain" ? [step.chain] : [])));
  if (form === "commands" && declared.size > 0) return "fails";
  const addsToOthers = operations.some(
    (step) => (step.kind === "append" || step.kind === "insert") && !declared.has(step.chain),
  );
  return addsToOthers && form !== "nftables" ? "doubles" : "same";
}
