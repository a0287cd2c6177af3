import { mkdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import type { Namespace } from "./namespace.ts";
import { pathOf } from "./requirements.ts";

/** The two programs that keep rules of iptables in the kernel. */
export type BackEnd = "legacy" | "nf_tables";

/** Both of them. */
export const BACK_ENDS: readonly BackEnd[] = ["legacy", "nf_tables"];

/** The program of each, which goes by the name that it is called by. */
const MULTI: Readonly<Record<BackEnd, string>> = {
  legacy: "xtables-legacy-multi",
  nf_tables: "xtables-nft-multi",
};

const SUFFIX: Readonly<Record<BackEnd, string>> = { legacy: "-legacy", nf_tables: "-nft" };

/** What is installed in an image. */
export interface Installed {
  /** Which back end `iptables` without a suffix is; absent when there is no such program. */
  readonly plain?: BackEnd;
  /** The back ends that have programs by their own names. */
  readonly suffixed?: readonly BackEnd[];
  /** Default: both families. */
  readonly families?: readonly ("ipv4" | "ipv6")[];
  /** Further programs of this machine. Default: nft. */
  readonly others?: readonly string[];
}

let made = 0;

/** A PATH with nothing in it but what is installed, and `cat`, which every image has. */
export function toolbox({ folder }: Pick<Namespace, "folder">, installed: Installed): string {
  made += 1;
  const path = join(folder, `bin-${made}`);
  mkdirSync(path);
  const families = installed.families ?? ["ipv4", "ipv6"];
  for (const family of families) {
    const name = family === "ipv4" ? "iptables" : "ip6tables";
    if (installed.plain !== undefined) link(path, name, "", installed.plain);
    for (const backEnd of installed.suffixed ?? []) link(path, name, SUFFIX[backEnd], backEnd);
  }
  for (const program of ["cat", ...(installed.others ?? ["nft"])]) {
    symlinkSync(pathOf(program), join(path, program));
  }
  return path;
}

function link(folder: string, name: string, suffix: string, backEnd: BackEnd): void {
  for (const job of ["", "-restore", "-save"]) {
    symlinkSync(pathOf(MULTI[backEnd]), join(folder, `${name}${suffix}${job}`));
  }
}

/** The program of a back end for a family: `ip6tables-legacy-save`. */
export function programOf(
  backEnd: BackEnd,
  family: "ipv4" | "ipv6",
  job: "" | "-restore" | "-save" = "",
): string {
  return `${family === "ipv4" ? "iptables" : "ip6tables"}${SUFFIX[backEnd]}${job}`;
}
