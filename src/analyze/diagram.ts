/**
 * Functions of packets as ordered decision diagrams over intervals: "firewall decision diagrams" (Gouda and Liu, 2004),
 * reduced and hash-consed as binary decision diagrams are (Bryant, 1986). Two diagrams of one store are the same function
 * exactly when they are the same object.
 */
import { PairTable } from "./pair-table.ts";

/** A function from packets to values of `T`. Made only by a {@link DiagramStore}. */
export type Diagram<T> = Leaf<T> | Node<T>;

/** The function that has one value for every packet. */
export interface Leaf<T> {
  readonly id: number;
  /** {@link LEAF_LEVEL}: behind every dimension. */
  readonly level: number;
  readonly value: T;
}

/** Asks one dimension, and goes on with the child of the interval of cells that the packet is in. */
export interface Node<T> {
  readonly id: number;
  /** Which dimension. Children ask later ones. */
  readonly level: number;
  /** Where each interval ends, rising; the last is the number of cells. Neighbours have different children. */
  readonly ends: readonly number[];
  readonly children: readonly Diagram<T>[];
}

/** The level of leaves. */
export const LEAF_LEVEL = 0x3fffffff;

/** Whether a diagram has one value for every packet. */
export function isLeaf<T>(diagram: Diagram<T>): diagram is Leaf<T> {
  return diagram.level === LEAF_LEVEL;
}

/** The child of the interval that `cell` is in. */
export function childAt<T>(node: Node<T>, cell: number): Diagram<T> {
  return node.children[intervalAfter(node.ends, cell, 0)] as Diagram<T>;
}

/** Index of the first interval, from `low` on, that ends after `cell`. */
export function intervalAfter(ends: readonly number[], cell: number, low: number): number {
  let start = low;
  let end = ends.length;
  while (start < end) {
    const middle = (start + end) >>> 1;
    if ((ends[middle] as number) <= cell) start = middle + 1;
    else end = middle;
  }
  return start;
}

/** The values that a function has. */
export function leavesOf<T>(diagram: Diagram<T>): ReadonlySet<T> {
  const values = new Set<T>();
  const visited = new Set<Diagram<T>>();
  const visit = (from: Diagram<T>): void => {
    if (isLeaf(from)) values.add(from.value);
    else if (!visited.has(from)) {
      visited.add(from);
      from.children.forEach(visit);
    }
  };
  visit(diagram);
  return values;
}

/**
 * A search in two functions: whether `test` says yes for any pair of values that they have for one packet. Pairs are
 * offered until it does, some more than once. `skips` tells for which of the first functions it would say no to every
 * pair. A `test` that always gives the same answer to the same pair makes the search good for any number of functions of
 * one store: it knows what it has found apart.
 */
export function pairSearch<A, B>(
  test: (a: A, b: B) => boolean,
  skips: (a: Diagram<A>) => boolean,
): (a: Diagram<A>, b: Diagram<B>) => boolean {
  const apart = new PairTable<true>();
  const visit = (left: Diagram<A>, right: Diagram<B>): boolean => {
    if (skips(left)) return false;
    if (isLeaf(left) && isLeaf(right)) return test(left.value, right.value);
    if (apart.get(left.id, right.id)) return false;
    const found = someChild(left, right, visit, skips);
    if (!found) apart.set(left.id, right.id, true);
    return found;
  };
  return visit;
}

function someChild<A, B>(
  a: Diagram<A>,
  b: Diagram<B>,
  visit: (a: Diagram<A>, b: Diagram<B>) => boolean,
  skips: (a: Diagram<A>) => boolean,
): boolean {
  if (a.level < b.level) return (a as Node<A>).children.some((child) => visit(child, b));
  if (b.level < a.level) return (b as Node<B>).children.some((child) => visit(a, child));
  const left = a as Node<A>;
  const right = b as Node<B>;
  for (let i = 0, j = 0; i < left.ends.length; ) {
    const leftEnd = left.ends[i] as number;
    const rightEnd = right.ends[j] as number;
    const child = left.children[i] as Diagram<A>;
    if (skips(child)) {
      j = intervalAfter(right.ends, leftEnd, j);
      i++;
      continue;
    }
    if (visit(child, right.children[j] as Diagram<B>)) return true;
    if (leftEnd <= rightEnd) i++;
    if (rightEnd <= leftEnd) j++;
  }
  return false;
}
