import type { Transaction } from "../ruleset/operation.ts";
import type { Chain } from "../ruleset/rule.ts";
import { renderCommandCleanup, renderRestoreCleanup } from "./cleanup.ts";
import { renderCommands } from "./commands.ts";
import { renderNftables, renderNftCleanup } from "./nftables.ts";
import type { Tool } from "./prerequisites.ts";
import { renderRestore } from "./restore.ts";

/** A script, what takes back what it added, and the programs that both need. */
export interface Script {
  readonly apply: string;
  readonly cleanup: string;
  readonly tools: readonly Tool[];
}

/** The form of a script. */
export type Form = "commands" | "restore" | "nftables";

/** The steps as a mesh version would write them in the given form. `chains` are what the steps make. */
export function plainScript(
  form: Form,
  transactions: readonly Transaction[],
  chains: readonly Chain[],
  heading: string,
): Script {
  switch (form) {
    case "commands":
      return {
        apply: renderCommands(transactions),
        cleanup: renderCommandCleanup(transactions),
        tools: [SHELL, { name: "iptables", minimumVersion: "" }],
      };
    case "restore":
      return {
        apply: renderRestore(transactions, heading),
        cleanup: renderRestoreCleanup(transactions),
        tools: [SHELL, { name: "iptables-restore", minimumVersion: "" }],
      };
    case "nftables":
      return {
        apply: renderNftables(chains, heading),
        cleanup: renderNftCleanup(chains),
        tools: [SHELL, { name: "nft", minimumVersion: "0.9.0" }],
      };
  }
}

const SHELL: Tool = { name: "/bin/sh", minimumVersion: "" };
