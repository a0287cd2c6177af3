import type { IntervalSet } from "../net/interval-set.ts";
import { childAt, type Diagram, intervalAfter, isLeaf, LEAF_LEVEL, type Leaf, type Node } from "./diagram.ts";

/**
 * Rules that interact in more ways than a stated budget allows. The size of a diagram is polynomial in the number of
 * rules, but its degree is the number of dimensions, and foreign rules may be written to reach it.
 */
export class TooComplexError extends Error {
  readonly limit: number;

  constructor(limit: number) {
    super(`the rules interact in more than ${limit} ways`);
    this.limit = limit;
  }
}

/** How many intervals a store makes before it gives up: some seconds of work. 10,000 plain ranges take 2 million. */
export const DEFAULT_BUDGET = 100_000_000;

/** Ids stay below 2^26, so that a pair of them is an exact number. */
const ID_LIMIT = 2 ** 26;

/** Makes diagrams over dimensions that are cut into cells, and keeps one object for each function. */
export class DiagramStore {
  readonly #cells: readonly number[];
  readonly #budget: number;
  readonly #leaves = new Map<unknown, Leaf<unknown>>();
  readonly #nodes = new Map<number, Node<unknown>[]>();
  #ids = 0;
  #work = 0;

  /** `cells` is how many cells each dimension has, in the order in which diagrams ask them. */
  constructor(cells: readonly number[], budget: number = DEFAULT_BUDGET) {
    this.#cells = cells;
    this.#budget = budget;
  }

  /** The constant function. Values are the same when `Map` takes them for the same key. */
  leaf<T>(value: T): Leaf<T> {
    const known = this.#leaves.get(value);
    if (known !== undefined) return known as Leaf<T>;
    const leaf = { id: this.#nextId(), level: LEAF_LEVEL, value };
    this.#leaves.set(value, leaf);
    return leaf;
  }

  /**
   * The function that asks dimension `level`. `ends` and `children` are kept; neighbours may not have the same child.
   *
   * @throws TooComplexError when the budget is spent.
   */
  node<T>(level: number, ends: readonly number[], children: readonly Diagram<T>[]): Diagram<T> {
    const only = children[0];
    if (children.length === 1 && only !== undefined) return only;
    this.#work += ends.length;
    if (this.#work > this.#budget) throw new TooComplexError(this.#budget);
    let hash = level;
    for (let i = 0; i < ends.length; i++) {
      hash = Math.imul(hash ^ (ends[i] as number), 0x01000193) + (children[i] as Diagram<T>).id;
      hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
    }
    const bucket = this.#nodes.get(hash);
    const known = bucket?.find((node) => isSame(node, level, ends, children));
    if (known !== undefined) return known as Node<T>;
    const node = { id: this.#nextId(), level, ends, children };
    if (bucket === undefined) this.#nodes.set(hash, [node]);
    else bucket.push(node);
    return node;
  }

  /** The function that is `inside` where each of the dimensions is in its cells, and `outside` elsewhere. */
  box<T>(
    sides: ReadonlyMap<number, IntervalSet<number>>,
    inside: Diagram<T>,
    outside: Diagram<T>,
  ): Diagram<T> {
    let diagram = inside;
    for (const level of [...sides.keys()].sort((a, b) => b - a)) {
      diagram = this.#choose(level, sides.get(level) ?? [], diagram, outside);
    }
    return diagram;
  }

  /**
   * A function of two functions. `shortcut` says the result where it is known without looking further, and must do so
   * for two leaves. `absorbs` says the result for a first argument that makes the second one irrelevant.
   */
  operation<A, B, C>(
    shortcut: (a: Diagram<A>, b: Diagram<B>) => Diagram<C> | undefined,
    absorbs: (a: Diagram<A>) => Diagram<C> | undefined = () => undefined,
  ): (a: Diagram<A>, b: Diagram<B>) => Diagram<C> {
    const memo = new Map<number, Diagram<C>>();
    const apply = (a: Diagram<A>, b: Diagram<B>): Diagram<C> => {
      const known = shortcut(a, b);
      if (known !== undefined) return known;
      const key = a.id * ID_LIMIT + b.id;
      const before = memo.get(key);
      if (before !== undefined) return before;
      const result = this.#merge(a, b, apply, absorbs);
      memo.set(key, result);
      return result;
    };
    return apply;
  }

  /** The function whose values are those of `diagram`, changed by `change`. */
  map<A, B>(diagram: Diagram<A>, change: (value: A) => B): Diagram<B> {
    const memo = new Map<Diagram<A>, Diagram<B>>();
    const visit = (from: Diagram<A>): Diagram<B> => {
      const known = memo.get(from);
      if (known !== undefined) return known;
      const to = isLeaf(from) ? this.leaf(change(from.value)) : this.#rebuild(from, visit);
      memo.set(from, to);
      return to;
    };
    return visit(diagram);
  }

  /** The function that sees, in place of every packet, the one that has been moved to `cells` of some dimensions. */
  restrict<T>(diagram: Diagram<T>, cells: ReadonlyMap<number, number>): Diagram<T> {
    const memo = new Map<Diagram<T>, Diagram<T>>();
    const visit = (from: Diagram<T>): Diagram<T> => {
      if (isLeaf(from)) return from;
      const known = memo.get(from);
      if (known !== undefined) return known;
      const cell = cells.get(from.level);
      const to = cell === undefined ? this.#rebuild(from, visit) : visit(childAt(from, cell));
      memo.set(from, to);
      return to;
    };
    return visit(diagram);
  }

  #merge<A, B, C>(
    a: Diagram<A>,
    b: Diagram<B>,
    apply: (a: Diagram<A>, b: Diagram<B>) => Diagram<C>,
    absorbs: (a: Diagram<A>) => Diagram<C> | undefined,
  ): Diagram<C> {
    if (a.level < b.level) return this.#rebuild(a as Node<A>, (child) => apply(child, b));
    if (b.level < a.level) return this.#rebuild(b as Node<B>, (child) => apply(a, child));
    const left = a as Node<A>;
    const right = b as Node<B>;
    const ends: number[] = [];
    const children: Diagram<C>[] = [];
    for (let i = 0, j = 0; i < left.ends.length; ) {
      const leftEnd = left.ends[i] as number;
      const leftChild = left.children[i] as Diagram<A>;
      const absorbed = absorbs(leftChild);
      if (absorbed !== undefined) {
        appendInterval(ends, children, leftEnd, absorbed);
        j = intervalAfter(right.ends, leftEnd, j);
        i++;
        continue;
      }
      const rightEnd = right.ends[j] as number;
      appendInterval(
        ends,
        children,
        Math.min(leftEnd, rightEnd),
        apply(leftChild, right.children[j] as Diagram<B>),
      );
      if (leftEnd <= rightEnd) i++;
      if (rightEnd <= leftEnd) j++;
    }
    return this.node(a.level, ends, children);
  }

  #rebuild<A, B>(from: Node<A>, change: (child: Diagram<A>) => Diagram<B>): Diagram<B> {
    const ends: number[] = [];
    const children: Diagram<B>[] = [];
    for (let i = 0; i < from.ends.length; i++) {
      appendInterval(ends, children, from.ends[i] as number, change(from.children[i] as Diagram<A>));
    }
    return this.node(from.level, ends, children);
  }

  #choose<T>(level: number, cells: IntervalSet<number>, inside: Diagram<T>, outside: Diagram<T>): Diagram<T> {
    if (inside === outside) return inside;
    const ends: number[] = [];
    const children: Diagram<T>[] = [];
    for (const { start, end } of cells) {
      if (start > (ends.at(-1) ?? 0)) appendInterval(ends, children, start, outside);
      appendInterval(ends, children, end, inside);
    }
    const size = this.#cells[level] ?? 0;
    if ((ends.at(-1) ?? 0) < size) appendInterval(ends, children, size, outside);
    return this.node(level, ends, children);
  }

  #nextId(): number {
    if (this.#ids === ID_LIMIT) throw new TooComplexError(ID_LIMIT);
    return this.#ids++;
  }
}

/** Adds an interval to those of a node, joined to the last one when it leads to the same child. */
export function appendInterval<T>(
  ends: number[],
  children: Diagram<T>[],
  end: number,
  child: Diagram<T>,
): void {
  const last = children.length - 1;
  if (last >= 0 && children[last] === child) ends[last] = end;
  else {
    ends.push(end);
    children.push(child);
  }
}

function isSame(
  node: Node<unknown>,
  level: number,
  ends: readonly number[],
  children: readonly Diagram<unknown>[],
): boolean {
  if (node.level !== level || node.ends.length !== ends.length) return false;
  for (let i = 0; i < ends.length; i++) {
    if (node.ends[i] !== ends[i] || node.children[i] !== children[i]) return false;
  }
  return true;
}
