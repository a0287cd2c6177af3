import type { Rule } from "./rule.ts";
import { ruleKey } from "./rule-key.ts";

/** The rules of one chain as commands change them. Positions count from 1, as iptables does. */
export class ChainState {
  policy: "accept" | "drop";
  /** Rules in front, the last one first, so that an insertion at the head takes constant time. */
  #head: Rule[] = [];
  #tail: Rule[];
  /** The key of each rule of the tail; undefined while no command has looked for a rule. */
  #keys: string[] | undefined;

  /** A chain with these rules, of which it keeps a copy. */
  constructor(rules: readonly Rule[] = [], policy: "accept" | "drop" = "accept") {
    this.#tail = [...rules];
    this.policy = policy;
  }

  get length(): number {
    return this.#head.length + this.#tail.length;
  }

  /** The rules in the order in which the kernel asks them. */
  rules(): readonly Rule[] {
    return [...this.#head.toReversed(), ...this.#tail];
  }

  append(rule: Rule): void {
    this.#tail.push(rule);
    this.#keys?.push(ruleKey(rule));
  }

  insert(rule: Rule): void {
    this.#head.push(rule);
  }

  /**
   * Takes `count` rules out from `position` on and puts `rules` there.
   *
   * @returns Whether the chain has such a position: one for each rule, and when none is taken out, one behind the last.
   */
  splice(position: number, count: 0 | 1, ...rules: Rule[]): boolean {
    const settled = this.#settle();
    if (position < 1 || position + count > settled.length + 1) return false;
    settled.splice(position - 1, count, ...rules);
    this.#keys?.splice(position - 1, count, ...rules.map(ruleKey));
    return true;
  }

  /** The position of the first rule that is the same, 0 when there is none. */
  find(rule: Rule): number {
    const settled = this.#settle();
    this.#keys ??= settled.map(ruleKey);
    return this.#keys.indexOf(ruleKey(rule)) + 1;
  }

  flush(): void {
    this.#head = [];
    this.#tail = [];
    this.#keys = undefined;
  }

  /** Brings the rules into one list. */
  #settle(): Rule[] {
    if (this.#head.length > 0) {
      const head = this.#head.reverse();
      if (this.#keys !== undefined) this.#keys = [...head.map(ruleKey), ...this.#keys];
      this.#tail = [...head, ...this.#tail];
      this.#head = [];
    }
    return this.#tail;
  }
}
