/** The fewest slots of a table: a power of two. Most tables serve a handful of rules. */
const FEWEST_SLOTS = 32;

/** How much a table grows: its entries move about once and a half, all in all. */
const GROWTH = 4;

/**
 * Results by pairs of whole numbers from 0 up to 2^31. Where a `Map` would need a key object or a boxed number for each
 * pair, this keeps plain integers: it holds millions of entries without work for the garbage collector.
 */
export class PairTable<T> {
  #size = 0;
  #mask = FEWEST_SLOTS - 1;
  /** Two numbers a slot; the first is one more than it stands for, so that 0 is an empty slot. */
  #keys: number[] = new Array(2 * FEWEST_SLOTS).fill(0);
  #values: (T | undefined)[] = new Array(FEWEST_SLOTS).fill(undefined);

  /** The result of a pair, if it has one. */
  get(first: number, second: number): T | undefined {
    const slot = this.#slotOf(first, second);
    return this.#keys[2 * slot] === 0 ? undefined : this.#values[slot];
  }

  /** Gives a pair its result, in place of the one that it may have. */
  set(first: number, second: number, value: T): void {
    const slot = this.#slotOf(first, second);
    const isNew = this.#keys[2 * slot] === 0;
    this.#keys[2 * slot] = first + 1;
    this.#keys[2 * slot + 1] = second;
    this.#values[slot] = value;
    if (isNew && ++this.#size * 4 > (this.#mask + 1) * 3) this.#grow();
  }

  /** The slot of a pair, or the empty one where it belongs. */
  #slotOf(first: number, second: number): number {
    const keys = this.#keys;
    let slot = (Math.imul(first, 0x9e3779b1) ^ Math.imul(second, 0x85ebca6b)) >>> 0;
    slot = (slot ^ (slot >>> 15)) & this.#mask;
    while (keys[2 * slot] !== 0 && (keys[2 * slot] !== first + 1 || keys[2 * slot + 1] !== second)) {
      slot = (slot + 1) & this.#mask;
    }
    return slot;
  }

  #grow(): void {
    const keys = this.#keys;
    const values = this.#values;
    const slots = GROWTH * (this.#mask + 1);
    this.#mask = slots - 1;
    this.#keys = new Array(2 * slots).fill(0);
    this.#values = new Array(slots).fill(undefined);
    this.#size = 0;
    for (let slot = 0; 2 * slot < keys.length; slot++) {
      const first = keys[2 * slot] as number;
      if (first !== 0) this.set(first - 1, keys[2 * slot + 1] as number, values[slot] as T);
    }
  }
}
