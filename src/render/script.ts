import type { Transaction } from "../ruleset/operation.ts";
import type { Chain } from "../ruleset/rule.ts";
import { renderCommandCleanup, renderRestoreCleanup } from "./cleanup.ts";
import { renderCommands } from "./commands.ts";
import type { BackEnd } from "./guarded/back-end.ts";
import { guardedNftables, guardedNftCleanup } from "./guarded/nftables.ts";
import { guardedRestore, guardedRestoreCleanup } from "./guarded/restore.ts";
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

/**
 * The steps as a script that looks at the machine, and may run any number of times. undefined for the form of single
 * commands, in which the rules cannot change at once.
 */
export function guardedScript(
  form: Form,
  transactions: readonly Transaction[],
  chains: readonly Chain[],
  backEnd: BackEnd,
): Script | undefined {
  switch (form) {
    case "commands":
      return undefined;
    case "restore":
      return {
        apply: guardedRestore(transactions, backEnd),
        cleanup: guardedRestoreCleanup(transactions, backEnd),
        tools: [
          SHELL,
          { name: "iptables", minimumVersion: "1.6.2" },
          { name: "iptables-restore", minimumVersion: "1.6.2" },
        ],
      };
    case "nftables":
      return {
        apply: guardedNftables(chains),
        cleanup: guardedNftCleanup(chains),
        tools: [SHELL, { name: "nft", minimumVersion: "0.9.0" }],
      };
  }
}

const SHELL: Tool = { name: "/bin/sh", minimumVersion: "" };
