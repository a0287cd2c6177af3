import type { Chain } from "../../ruleset/rule.ts";
import { MAX_COMMANDS } from "../limits.ts";
import type { Line } from "../restore-line.ts";
import type { JsonObject } from "./json.ts";
import { NftTable } from "./table.ts";
import { readTextRule } from "./text-rule.ts";
import { TokenReader, tokensOf } from "./text-tokens.ts";

/** What a text for `nft -f` does. */
export interface NftText {
  /** The tables whose former content it takes away, by the namespace that chains of them have. */
  readonly emptied: ReadonlySet<string>;
  /** The chains that it adds. */
  readonly chains: readonly Chain[];
}

/** A chain while its parts are collected: a chain that is opened twice has the rules of both places. */
interface OpenChain {
  base: JsonObject;
  readonly rules: JsonObject[];
}

/**
 * Reads a text for `nft -f` of the kind that this planner writes: tables that are made, removed and filled, with rules in
 * a few words. What else nft would take is refused at its place.
 */
export function readNftText(lines: readonly Line[]): NftText {
  const reader = new TextReader(lines);
  return reader.read();
}

class TextReader {
  readonly #tokens: TokenReader;
  readonly #tables = new Map<string, Map<string, OpenChain>>();
  readonly #emptied = new Set<string>();
  #rules = 0;

  constructor(lines: readonly Line[]) {
    this.#tokens = new TokenReader([...tokensOf(lines)]);
  }

  read(): NftText {
    const tokens = this.#tokens;
    for (tokens.skipEnds(); tokens.peek() !== undefined; tokens.skipEnds()) {
      const isDeletion = tokens.passes("delete");
      tokens.expect("table");
      const table = this.#takeName();
      if (isDeletion) {
        if (!this.#tables.delete(table)) tokens.refuse("a table that was made before it is removed");
        this.#emptied.add(table);
        continue;
      }
      const chains = this.#tables.get(table) ?? new Map<string, OpenChain>();
      this.#tables.set(table, chains);
      if (tokens.passes("{")) this.#readTable(chains);
    }
    return {
      emptied: this.#emptied,
      chains: [...this.#tables].flatMap(([name, chains]) => chainsOf(name, chains)),
    };
  }

  #takeName(): string {
    const tokens = this.#tokens;
    const family = tokens.peek()?.text ?? "";
    if (!["ip", "ip6", "inet"].includes(family)) tokens.refuse("ip, ip6 or inet, the family of a table");
    tokens.take("a family");
    return `${family} ${this.#takeWord("the name of a table")}`;
  }

  #takeWord(expected: string): string {
    const { text } = this.#tokens.peek() ?? { text: "" };
    if (!/^[A-Za-z_][\w./-]*$/.test(text)) this.#tokens.refuse(expected);
    return this.#tokens.take(expected).text;
  }

  #readTable(chains: Map<string, OpenChain>): void {
    const tokens = this.#tokens;
    for (tokens.skipEnds(); !tokens.passes("}"); tokens.skipEnds()) {
      tokens.expect("chain");
      const name = this.#takeWord("the name of a chain");
      const chain = chains.get(name) ?? { base: {}, rules: [] };
      chains.set(name, chain);
      tokens.expect("{");
      this.#readChain(chain, name);
    }
  }

  #readChain(chain: OpenChain, name: string): void {
    const tokens = this.#tokens;
    for (tokens.skipEnds(); !tokens.passes("}"); tokens.skipEnds()) {
      if (tokens.passes("type")) chain.base = { ...chain.base, ...this.#readBase() };
      else if (tokens.passes("policy")) chain.base = { ...chain.base, policy: this.#takeWord("a policy") };
      else {
        if (++this.#rules > MAX_COMMANDS) tokens.refuse(`at most ${MAX_COMMANDS} rules`);
        chain.rules.push(readTextRule(tokens, name));
      }
    }
  }

  /** `type nat hook output priority -100` */
  #readBase(): JsonObject {
    const tokens = this.#tokens;
    const type = this.#takeWord("the type of a chain");
    tokens.expect("hook");
    const hook = this.#takeWord("a hook");
    tokens.expect("priority");
    const priority = tokens.peek()?.text ?? "";
    if (!/^-?[0-9]{1,9}$/.test(priority)) tokens.refuse("a priority as a number");
    tokens.take("a priority");
    return { type, hook, prio: Number(priority) };
  }
}

function chainsOf(table: string, chains: ReadonlyMap<string, OpenChain>): readonly Chain[] {
  const [family = "", name = ""] = table.split(" ");
  const made = new NftTable(family, name);
  for (const [chain, { base }] of chains) made.addChain({ ...base, name: chain }, chain);
  for (const [chain, { rules }] of chains) for (const rule of rules) made.addRule(rule, chain);
  return [...made.chains()].filter(
    ({ hook, rules, policy }) => hook === undefined || rules.length > 0 || policy === "drop",
  );
}
