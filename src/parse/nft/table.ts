import type { IpFamily } from "../../net/address.ts";
import type { Chain, Rule, Table, Target } from "../../ruleset/rule.ts";
import { refuse } from "../parse-error.ts";
import { type JsonObject, textOf } from "./json.ts";
import { type BasePlace, basePlaceOf, isOfIptables } from "./place.ts";
import { readRule } from "./rule.ts";
import { ValueReader } from "./values.ts";

/** The families whose packets a table of nftables meets, as far as IP goes. */
const FAMILIES: ReadonlyMap<string, readonly IpFamily[]> = new Map([
  ["ip", ["ipv4"]],
  ["ip6", ["ipv6"]],
  ["inet", ["ipv4", "ipv6"]],
]);

/** What a chain of nftables has. */
interface NftChain {
  readonly name: string;
  readonly base: BasePlace | undefined;
  readonly policy: "accept" | "drop";
  readonly rules: { readonly rule: JsonObject; readonly path: string }[];
}

/** A table of nftables while its objects are read. */
export class NftTable {
  readonly #family: string;
  readonly #name: string;
  readonly #chains = new Map<string, NftChain>();
  readonly #sets = new Map<string, readonly unknown[]>();

  /** A table of a family of nftables: `inet`, `filter`. */
  constructor(family: string, name: string) {
    this.#family = family;
    this.#name = name;
  }

  /** The families of IP whose packets it meets: none for bridges and devices. */
  get families(): readonly IpFamily[] {
    return FAMILIES.get(this.#family) ?? [];
  }

  addSet(set: JsonObject, path: string): void {
    const elements: unknown = set["elem"] ?? [];
    const name = textOf(set["name"]);
    if (name === undefined || !Array.isArray(elements)) {
      refuse({ line: 1, column: 1 }, path, "a set with a name and a list elem");
    }
    this.#sets.set(name, elements);
  }

  addChain(chain: JsonObject, path: string): void {
    const name = textOf(chain["name"]);
    if (name === undefined || this.#chains.has(name)) {
      refuse({ line: 1, column: 1 }, path, "a chain with a name of its own");
    }
    const policy = chain["policy"] === "drop" ? "drop" : "accept";
    this.#chains.set(name, { name, base: basePlaceOf(chain), policy, rules: [] });
  }

  addRule(rule: JsonObject, path: string): void {
    const chain = this.#chains.get(textOf(rule["chain"]) ?? "");
    if (chain === undefined) refuse({ line: 1, column: 1 }, path, "a rule of a chain that stands before it");
    chain.rules.push({ rule, path });
  }

  /**
   * Its chains for each family. What is jumped to from chains with different parts in the packet path is a chain of each
   * of these places.
   */
  *chains(): Generator<Chain> {
    const bases = [...this.#chains.values()].flatMap(({ name, base }) =>
      base === undefined ? [] : [[name, base] as const],
    );
    const values = new ValueReader(this.#sets);
    for (const family of this.families) {
      const rules = new Map<string, readonly Rule[]>();
      for (const chain of this.#chains.values()) {
        const its = chain.rules.flatMap(({ rule, path }) => readRule(rule, { family, values, path }));
        rules.set(chain.name, its);
      }
      if (this.#family !== "inet" && isOfIptables(this.#name, bases)) {
        for (const chain of this.#chains.values()) yield ofIptables(chain, family, this.#name, rules);
      } else {
        yield* this.#ofItsOwn(family, rules);
      }
    }
  }

  *#ofItsOwn(family: IpFamily, rules: ReadonlyMap<string, readonly Rule[]>): Generator<Chain> {
    const namespace = `${this.#family} ${this.#name}`;
    const places = placesOf([...this.#chains.values()], rules);
    for (const { name, base, policy } of this.#chains.values()) {
      const its = { family, name, namespace, rules: rules.get(name) ?? [] };
      if (base !== undefined) {
        const { hook, priority, table } = base;
        yield { ...its, table, hook, priority, ...(policy === "drop" && { policy }) };
      }
      for (const table of places.get(name) ?? []) {
        if (base === undefined || table !== base.table) yield { ...its, table };
      }
    }
  }
}

function ofIptables(
  { name, base, policy }: NftChain,
  family: IpFamily,
  table: Table,
  rules: ReadonlyMap<string, readonly Rule[]>,
): Chain {
  const its = { family, table, name, rules: rules.get(name) ?? [] };
  return base === undefined ? its : { ...its, hook: base.hook, ...(policy === "drop" && { policy }) };
}

/** The places in the packet path from which each chain is reached; the first base chain's where it is from none. */
function placesOf(
  chains: readonly NftChain[],
  rules: ReadonlyMap<string, readonly Rule[]>,
): ReadonlyMap<string, ReadonlySet<Table>> {
  const places = new Map<string, Set<Table>>(chains.map(({ name }) => [name, new Set<Table>()]));
  const reach = (name: string, table: Table): void => {
    const pending = [name];
    for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
      const its = places.get(next);
      if (its === undefined || its.has(table)) continue;
      its.add(table);
      for (const { target } of rules.get(next) ?? []) pending.push(...calledBy(target));
    }
  };
  for (const { name, base } of chains) if (base !== undefined) reach(name, base.table);
  const otherwise = chains.find(({ base }) => base !== undefined)?.base?.table ?? "filter";
  for (const { name } of chains) if (places.get(name)?.size === 0) reach(name, otherwise);
  return places;
}

function calledBy(target: Target): readonly string[] {
  return "chain" in target ? [target.chain] : [];
}
