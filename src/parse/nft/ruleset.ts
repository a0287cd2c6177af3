import type { Chain } from "../../ruleset/rule.ts";
import { MAX_COMMANDS } from "../limits.ts";
import { excerpt, refuse } from "../parse-error.ts";
import { type JsonObject, objectOf, onlyMember, readJson, textOf } from "./json.ts";
import { NftTable } from "./table.ts";

/** The rules that `nft -j list ruleset` tells. */
export interface NftRuleset {
  readonly chains: readonly Chain[];
  /** The version of nft that printed it: `1.0.6`. */
  readonly version?: string;
  /** What it does not tell, and what the model leaves out. */
  readonly warnings: readonly string[];
}

/** Reads what `nft -j list ruleset` prints (libnftables-json(5)). */
export function readNftRuleset(text: string): NftRuleset {
  const list: unknown = objectOf(readJson(text))?.["nftables"];
  if (!Array.isArray(list))
    refuse({ line: 1, column: 1 }, text.slice(0, 200), 'an object with a list "nftables"');
  const tables = new Map<string, NftTable>();
  let version: string | undefined;
  for (const [index, item] of (list as readonly unknown[]).entries()) {
    const path = `nftables[${index}]`;
    const [kind, detail] = onlyMember(item) ?? [];
    const object = objectOf(detail);
    if (kind === undefined || object === undefined) {
      refuse({ line: 1, column: 1 }, path, "an object with one member, which is an object");
    }
    if (kind === "metainfo") version = textOf(object["version"]);
    else readObject(kind, object, path, tables);
  }
  const chains = collect(tables);
  const warnings = [...skipped(tables), ...hidden(chains)];
  return version === undefined ? { chains, warnings } : { chains, version, warnings };
}

function readObject(kind: string, object: JsonObject, path: string, tables: Map<string, NftTable>): void {
  const family = textOf(object["family"]) ?? "";
  const name = textOf(kind === "table" ? object["name"] : object["table"]) ?? "";
  const key = `${family} ${name}`;
  if (kind === "table") {
    tables.set(key, new NftTable(family, name));
    return;
  }
  const table = tables.get(key);
  switch (kind) {
    case "chain":
    case "rule":
    case "set":
      if (table === undefined)
        refuse({ line: 1, column: 1 }, path, `a ${kind} of a table that stands before it`);
      if (kind === "chain") table.addChain(object, path);
      else if (kind === "rule") table.addRule(object, path);
      else table.addSet(object, path);
      return;
    default:
    // Maps, counters, quotas, helpers and the like are used by rules, whose use of them is unknown to the model.
  }
}

function collect(tables: ReadonlyMap<string, NftTable>): readonly Chain[] {
  const chains: Chain[] = [];
  let rules = 0;
  for (const table of tables.values()) {
    for (const chain of table.chains()) {
      rules += 1 + chain.rules.length;
      if (rules > MAX_COMMANDS)
        refuse({ line: 1, column: 1 }, chain.name, `at most ${MAX_COMMANDS} rules and chains`);
      // As iptables-save shows it: a built-in chain that does nothing is no chain.
      if (chain.hook === undefined || chain.rules.length > 0 || chain.policy === "drop") chains.push(chain);
    }
  }
  return chains;
}

function skipped(tables: ReadonlyMap<string, NftTable>): readonly string[] {
  return [...tables]
    .filter(([, table]) => table.families.length === 0)
    .map(([name]) => excerpt(`the table ${name} is not about IP packets, and is left out`));
}

/** Of extensions of iptables nft prints the names alone. */
function hidden(chains: readonly Chain[]): readonly string[] {
  let count = 0;
  for (const { rules } of chains) {
    for (const { matches, target } of rules) {
      const texts = [...matches, target].map((part) => ("text" in part ? part.text : ""));
      count += texts.filter((text) => /^xt (?:match|target) /.test(text)).length;
    }
  }
  if (count === 0) return [];
  return [`nft does not tell the arguments of ${count} matches and targets of iptables; iptables-save does`];
}
