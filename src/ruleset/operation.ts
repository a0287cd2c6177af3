import type { IpFamily } from "../net/address.ts";
import type { Rule, Table } from "./rule.ts";

/** One step of a script: what a single iptables command would do to a table. */
export type Operation =
  /** Creates an empty chain (`-N`). */
  | { readonly kind: "new-chain"; readonly chain: string }
  /** Adds a rule behind the others of its chain (`-A`). */
  | { readonly kind: "append"; readonly chain: string; readonly rule: Rule }
  /** Adds a rule in front of the others of its chain (`-I`). */
  | { readonly kind: "insert"; readonly chain: string; readonly rule: Rule }
  /** Adds a rule behind the others unless the chain has it already (`-C`, and `-A` when that fails). */
  | { readonly kind: "ensure"; readonly chain: string; readonly rule: Rule };

/** The steps of a script on one table of one family, in order. */
export interface Transaction {
  readonly family: IpFamily;
  readonly table: Table;
  readonly operations: readonly Operation[];
}
