import type { InterfaceCell } from "./axis.ts";

/** Longest name of an interface, in bytes: `IFNAMSIZ` is 16 with the final NUL (linux/if.h). */
const MAX_NAME = 15;

/** What interfaces are commonly called comes first, so that examples read well. */
const ENDINGS: readonly string[] = [..."0123456789", "", ..."abcdefghijklmnopqrstuvwxyz"];

/**
 * A cell for each way in which the names and wildcards that rules have can tell interfaces apart: the empty name of no
 * interface, each name, and what is left of all names and of each wildcard.
 */
export function interfaceCells(patterns: Iterable<string>): readonly InterfaceCell[] {
  const names = new Set(["lo"]);
  const prefixes = new Set<string>();
  for (const pattern of patterns) {
    if (pattern.endsWith("+")) prefixes.add(pattern.slice(0, -1));
    else names.add(pattern);
  }
  names.delete("");
  prefixes.delete("");
  const cells: InterfaceCell[] = ["", ...names].map((sample) => ({ sample }));
  for (const prefix of ["", ...prefixes]) {
    const longer = [...prefixes].filter((other) => other !== prefix && other.startsWith(prefix));
    const isFree = (name: string) =>
      name !== "" &&
      name.length <= MAX_NAME &&
      !names.has(name) &&
      !longer.some((other) => name.startsWith(other));
    // Names that all have a cell of their own leave nothing to stand for: such a wildcard needs no further cell.
    const sample = candidates(prefix).find(isFree);
    if (sample !== undefined) cells.push({ sample, prefix });
  }
  return cells;
}

/** The cell that holds a name: its own, or that of the longest wildcard that covers it. */
export function interfaceCell(cells: readonly InterfaceCell[], name: string): number {
  let found = -1;
  let longest = -1;
  for (const [index, { sample, prefix }] of cells.entries()) {
    if (prefix === undefined) {
      if (sample === name) return index;
    } else if (name.startsWith(prefix) && prefix.length > longest) {
      found = index;
      longest = prefix.length;
    }
  }
  return found;
}

function* candidates(prefix: string): Generator<string> {
  for (const stem of prefix === "" ? ["eth", "net", "if"] : [prefix]) {
    for (const ending of ENDINGS) yield stem + ending;
  }
  for (const first of ENDINGS) for (const second of ENDINGS) yield prefix + first + second;
}
