import type { IntervalSet } from "../net/interval-set.ts";
import { childAt, type Diagram, intervalAfter, isLeaf, LEAF_LEVEL, type Leaf, type Node } from "./diagram.ts";
import { Intervals } from "./intervals.ts";
import { NodeTable } from "./node-table.ts";
import { PairTable } from "./pair-table.ts";
import { TooComplexError } from "./too-complex-error.ts";

/**
 * How many intervals a store makes before it gives up: seconds of work, and some hundred megabytes. A hundred thousand
 * ranges in a list take 300,000; how many rules that cross each other in k dimensions take grows with their k-th power.
 */
const DEFAULT_BUDGET = 10_000_000;

/** Makes diagrams over dimensions that are cut into cells, and keeps one object for each function. */
export class DiagramStore {
  readonly #cells: readonly number[];
  readonly #budget: number;
  readonly #leaves = new Map<unknown, Leaf<unknown>>();
  readonly #nodes = new NodeTable();
  /** A work space for each level: while a node is made, only later levels are worked on. */
  readonly #workSpaces: Intervals[] = [];
  readonly #nextId = (): number => this.#ids++;
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
   * The function that asks dimension `level`, whose intervals reach to its last cell.
   *
   * @throws TooComplexError when the budget is spent.
   */
  node<T>(level: number, intervals: Intervals): Diagram<T> {
    if (intervals.length === 1) return intervals.children[0] as Diagram<T>;
    this.#work += intervals.length;
    if (this.#work > this.#budget)
      throw new TooComplexError("ways in which rules cross each other", this.#budget);
    return this.#nodes.intern(level, intervals, this.#nextId) as Node<T>;
  }

  /** The function that is `inside` where each of the dimensions is in its cells, and `outside` elsewhere. */
  box<T>(
    sides: ReadonlyMap<number, IntervalSet<number>>,
    inside: Diagram<T>,
    outside: Diagram<T>,
  ): Diagram<T> {
    let diagram = inside;
    for (const level of [...sides.keys()].sort((a, b) => b - a)) {
      diagram = this.choose(level, sides.get(level) ?? [], diagram, outside);
    }
    return diagram;
  }

  /** The function that is `inside` where dimension `level` is in some cells, and `outside` elsewhere. */
  choose<T>(level: number, cells: IntervalSet<number>, inside: Diagram<T>, outside: Diagram<T>): Diagram<T> {
    if (inside === outside) return inside;
    const intervals = this.#workSpace(level);
    let reached = 0;
    for (const { start, end } of cells) {
      if (start > reached) intervals.append(start, outside);
      intervals.append(end, inside);
      reached = end;
    }
    const size = this.#cells[level] ?? 0;
    if (reached < size) intervals.append(size, outside);
    return this.node(level, intervals);
  }

  /**
   * A function of two functions. `shortcut` says the result where it is known without looking further, and must do so
   * for two leaves. `absorbs` says the result for a first argument that makes the second one irrelevant.
   */
  operation<A, B, C>(
    shortcut: (a: Diagram<A>, b: Diagram<B>) => Diagram<C> | undefined,
    absorbs: (a: Diagram<A>) => Diagram<C> | undefined = () => undefined,
  ): (a: Diagram<A>, b: Diagram<B>) => Diagram<C> {
    const memo = new PairTable<Diagram<C>>();
    const apply = (a: Diagram<A>, b: Diagram<B>): Diagram<C> => {
      const known = shortcut(a, b) ?? memo.get(a.id, b.id);
      if (known !== undefined) return known;
      const result = this.#merge(a, b, apply, absorbs);
      memo.set(a.id, b.id, result);
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
    const intervals = this.#workSpace(a.level);
    for (let i = 0, j = 0; i < left.ends.length; ) {
      const leftEnd = left.ends[i] as number;
      const leftChild = left.children[i] as Diagram<A>;
      const absorbed = absorbs(leftChild);
      if (absorbed !== undefined) {
        intervals.append(leftEnd, absorbed);
        j = intervalAfter(right.ends, leftEnd, j);
        i++;
        continue;
      }
      const rightEnd = right.ends[j] as number;
      const end = leftEnd < rightEnd ? leftEnd : rightEnd;
      intervals.append(end, apply(leftChild, right.children[j] as Diagram<B>));
      if (leftEnd === end) i++;
      if (rightEnd === end) j++;
    }
    return this.node(a.level, intervals);
  }

  #rebuild<A, B>(from: Node<A>, change: (child: Diagram<A>) => Diagram<B>): Diagram<B> {
    const intervals = this.#workSpace(from.level);
    for (let i = 0; i < from.ends.length; i++) {
      intervals.append(from.ends[i] as number, change(from.children[i] as Diagram<A>));
    }
    return this.node(from.level, intervals);
  }

  #workSpace(level: number): Intervals {
    let intervals = this.#workSpaces[level];
    if (intervals === undefined) {
      intervals = new Intervals();
      this.#workSpaces[level] = intervals;
    }
    return intervals.clear();
  }
}
