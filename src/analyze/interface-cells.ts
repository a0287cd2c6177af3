import type { Interval } from "../net/interval-set.ts";
import type { InterfaceAxis, InterfaceCell } from "./axis.ts";

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
  const longerThan = longerPrefixes(prefixes);
  for (const prefix of ["", ...prefixes]) {
    const longer = longerThan(prefix);
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

/** For one of some prefixes, or the empty one, those that begin with it. In order, they stand right behind it. */
function longerPrefixes(prefixes: ReadonlySet<string>): (prefix: string) => readonly string[] {
  const sorted = [...prefixes].sort();
  const places = new Map(sorted.map((prefix, place) => [prefix, place]));
  return (prefix) => {
    const longer: string[] = [];
    for (let place = (places.get(prefix) ?? -1) + 1; sorted[place]?.startsWith(prefix); place++) {
      longer.push(sorted[place] as string);
    }
    return longer;
  };
}

/** The indexes of cells, in the order of their samples. */
export function orderOf(cells: readonly InterfaceCell[]): readonly number[] {
  const sampleOf = (cell: number) => cells[cell]?.sample ?? "";
  return [...cells.keys()].sort((a, b) => (sampleOf(a) < sampleOf(b) ? -1 : 1));
}

/** The cells of what a name or a wildcard of the rules stands for (see `interfaceMatches`), each as an interval. */
export function cellsNamed(axis: InterfaceAxis, name: string): readonly Interval<number>[] {
  const isWildcard = name === "" || name.endsWith("+");
  const start = isWildcard ? name.slice(0, -1) : name;
  const sampleAt = (place: number) => axis.cells[axis.order[place] ?? -1]?.sample;
  let low = 0;
  for (let high = axis.order.length; low < high; ) {
    const middle = (low + high) >>> 1;
    if ((sampleAt(middle) ?? "") < start) low = middle + 1;
    else high = middle;
  }
  const named: Interval<number>[] = [];
  for (let place = low; place < axis.order.length; place++) {
    const sample = sampleAt(place);
    if (isWildcard ? !sample?.startsWith(start) : sample !== start) break;
    const cell = axis.order[place] as number;
    named.push({ start: cell, end: cell + 1 });
  }
  return named;
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
