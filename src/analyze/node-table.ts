import type { Diagram, Node } from "./diagram.ts";
import type { Intervals } from "./intervals.ts";

/** The fewest slots of a table: a power of two, which a plan without exclusions does not fill. */
const FEWEST_SLOTS = 512;

/** How much a table grows. */
const GROWTH = 4;

/** All nodes of a store, each once: a hash table of open addressing. */
export class NodeTable {
  #size = 0;
  #mask = FEWEST_SLOTS - 1;
  #hashes: number[] = new Array(FEWEST_SLOTS).fill(0);
  #nodes: (Node<unknown> | undefined)[] = new Array(FEWEST_SLOTS).fill(undefined);

  /** The node with these intervals, made with the id that `nextId` gives when there is none yet. */
  intern(level: number, intervals: Intervals, nextId: () => number): Node<unknown> {
    const hash = hashOf(level, intervals);
    let slot = hash & this.#mask;
    for (let node = this.#nodes[slot]; node !== undefined; node = this.#nodes[slot]) {
      if (this.#hashes[slot] === hash && isSame(node, level, intervals)) return node;
      slot = (slot + 1) & this.#mask;
    }
    const { ends, children, length } = intervals;
    const node = { id: nextId(), level, ends: ends.slice(0, length), children: children.slice(0, length) };
    this.#put(slot, hash, node);
    if (++this.#size * 4 > (this.#mask + 1) * 3) this.#grow();
    return node;
  }

  #put(slot: number, hash: number, node: Node<unknown>): void {
    this.#hashes[slot] = hash;
    this.#nodes[slot] = node;
  }

  #grow(): void {
    const hashes = this.#hashes;
    const nodes = this.#nodes;
    const slots = GROWTH * nodes.length;
    this.#mask = slots - 1;
    this.#hashes = new Array(slots).fill(0);
    this.#nodes = new Array(slots).fill(undefined);
    for (const [index, node] of nodes.entries()) {
      if (node === undefined) continue;
      const hash = hashes[index] as number;
      let slot = hash & this.#mask;
      while (this.#nodes[slot] !== undefined) slot = (slot + 1) & this.#mask;
      this.#put(slot, hash, node);
    }
  }
}

function hashOf(level: number, { ends, children, length }: Intervals): number {
  let hash = Math.imul(level + 1, 0x9e3779b1);
  for (let i = 0; i < length; i++) {
    hash = Math.imul(hash ^ (ends[i] as number), 0x85ebca6b);
    hash = Math.imul(hash ^ (hash >>> 15) ^ (children[i] as Diagram<unknown>).id, 0xc2b2ae35);
  }
  return hash ^ (hash >>> 16);
}

function isSame(node: Node<unknown>, level: number, { ends, children, length }: Intervals): boolean {
  if (node.level !== level || node.ends.length !== length) return false;
  for (let i = 0; i < length; i++) {
    if (node.ends[i] !== ends[i] || node.children[i] !== children[i]) return false;
  }
  return true;
}
