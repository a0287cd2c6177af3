import type { Transaction } from "../ruleset/operation.ts";
import type { Chain } from "../ruleset/rule.ts";
import { renderCommandCleanup, renderRestoreCleanup } from "./cleanup.ts";
import { renderCommands } from "./commands.ts";
import type { BackEnd } from "./guarded/back-end.ts";
import { guardedNftables, guardedNftCleanup } from "./guarded/nftables.ts";
import { guardedRestore, guardedRestoreCleanup } from "./guarded/restore.ts";
import { renderNftables, renderNftCleanup } from "./nftables.ts";
import type { Prerequisites, Tool } from "./prerequisites.ts";
import { renderRestore } from "./restore.ts";

/** A script, what takes back what it added, and the programs and capabilities that both need. */
export interface Script extends Pick<Prerequisites, "tools" | "capabilities"> {
  readonly apply: string;
  readonly cleanup: string;
}

/** The form of a script. */
export type Form = "commands" | "restore" | "nftables";

/** How a mesh version writes its script. */
export interface PlainStyle {
  /** The form that it writes itself, without a word on what a rule is for. */
  readonly nativeFormat: Form;
  /** The first line of a document. */
  readonly heading: string;
}

/** The steps as a mesh version would write them in the given form. `chains` are what the steps make. */
export function plainScript(
  form: Form,
  transactions: readonly Transaction[],
  chains: readonly Chain[],
  { nativeFormat, heading }: PlainStyle,
): Script {
  switch (form) {
    case "commands":
      return {
        apply: renderCommands(transactions),
        cleanup: renderCommandCleanup(transactions),
        tools: [SHELL, { name: "iptables", minimumVersion: "" }],
        capabilities: ANY_BACK_END,
      };
    case "restore":
      return {
        apply: renderRestore(transactions, heading, form !== nativeFormat),
        cleanup: renderRestoreCleanup(transactions),
        tools: [SHELL, { name: "iptables-restore", minimumVersion: "" }],
        capabilities: ANY_BACK_END,
      };
    case "nftables":
      return {
        apply: renderNftables(chains, heading),
        cleanup: renderNftCleanup(chains),
        tools: [SHELL, { name: "nft", minimumVersion: "0.9.0" }],
        capabilities: NETLINK,
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
        capabilities: backEnd === "nf_tables" ? NETLINK : ANY_BACK_END,
      };
    case "nftables":
      return {
        apply: guardedNftables(chains),
        cleanup: guardedNftCleanup(chains),
        tools: [SHELL, { name: "nft", minimumVersion: "0.9.0" }],
        capabilities: NETLINK,
      };
  }
}

/** What nft and iptables-nft need, which talk to the kernel by netlink. */
const NETLINK: readonly string[] = ["NET_ADMIN"];

/** iptables-legacy opens a raw socket to talk to the kernel (libiptc), which takes NET_RAW. */
const ANY_BACK_END: readonly string[] = [...NETLINK, "NET_RAW"];

const SHELL: Tool = { name: "/bin/sh", minimumVersion: "" };
