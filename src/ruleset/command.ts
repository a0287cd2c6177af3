import type { Operation } from "./operation.ts";
import type { Rule } from "./rule.ts";

/** Everything that one iptables command can do to a table: what dialects use, and what scripts of others add to it. */
export type Command =
  | Operation
  /** Adds a rule so that it becomes rule number `position`, counted from 1 (`-I chain position`). */
  | { readonly kind: "insert-at"; readonly chain: string; readonly position: number; readonly rule: Rule }
  /** Puts a rule in the place of rule number `position` (`-R`). */
  | { readonly kind: "replace"; readonly chain: string; readonly position: number; readonly rule: Rule }
  /** Removes the first rule that is the same (`-D chain rule`). */
  | { readonly kind: "delete"; readonly chain: string; readonly rule: Rule }
  /** Removes rule number `position` (`-D chain position`). */
  | { readonly kind: "delete-at"; readonly chain: string; readonly position: number }
  /** Changes nothing, and fails when no rule is the same (`-C`). */
  | { readonly kind: "check"; readonly chain: string; readonly rule: Rule }
  /** Removes the rules of a chain, or of all (`-F`). */
  | { readonly kind: "flush"; readonly chain?: string }
  /** Removes an empty chain that no rule jumps to, or all user chains (`-X`). */
  | { readonly kind: "delete-chain"; readonly chain?: string }
  /** Gives a chain another name (`-E`). */
  | { readonly kind: "rename-chain"; readonly chain: string; readonly name: string }
  /** Sets what a built-in chain does with a packet that no rule decides (`-P`, or `:chain policy` in a document). */
  | { readonly kind: "set-policy"; readonly chain: string; readonly policy: "accept" | "drop" }
  /** Makes a user chain empty, and creates it when it is not there (`:chain -` in a document). */
  | { readonly kind: "declare-chain"; readonly chain: string }
  /** Takes the table back to built-in chains without rules: how a document without `--noflush` begins. */
  | { readonly kind: "reset" };
