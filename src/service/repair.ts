import { compareRules } from "../analyze/compare.ts";
import type { PodFacts } from "../analyze/fate.ts";
import { MESH_OWNERSHIP } from "../dialect/ownership.ts";
import { formatAddress, type IpFamily } from "../net/address.ts";
import { parseRules } from "../parse/rules.ts";
import { guardedNftables } from "../render/guarded/nftables.ts";
import { guardedRepair, placesAddresses } from "../render/guarded/repair.ts";
import { NFT_FAMILY, NFT_TABLE } from "../render/nftables.ts";
import { ruleText } from "../render/rule-text.ts";
import { repairedChains, repairTables, type TableRepair } from "../ruleset/repair.ts";
import type { Chain, Rule } from "../ruleset/rule.ts";
import { ruleKey } from "../ruleset/rule-key.ts";
import { link, type Rules } from "./rule-source.ts";

/** What takes live rules to wanted ones. */
export interface Repair {
  /** A text for `/bin/sh -c`; empty where there is none. */
  readonly script: string;
  /** Why there is none, or what stays different when it has run. */
  readonly notes: readonly string[];
}

/** The way from live rules to wanted ones that leaves alone what is of other tools. */
export function repair(live: Rules, wanted: Rules, pod: PodFacts): Repair {
  const has = chainsOf(live);
  const wants = ofIptables(chainsOf(wanted)).map((chain) => resolved(chain, pod));
  const isInNft = has.some(isInOurTable);
  const isInIptables = has.some(
    ({ name, namespace }) => namespace === undefined && MESH_OWNERSHIP.chain(name),
  );
  if (isInNft && isInIptables) {
    return none("the live rules are in nftables and in iptables, which nothing can change at once");
  }
  return isInNft || (!isInIptables && wanted.keeper === "nftables")
    ? repairNftables(has, wants, wanted, pod)
    : repairIptables(has, wants, wanted, pod);
}

function repairIptables(
  live: readonly Chain[],
  wants: readonly Chain[],
  wanted: Rules,
  pod: PodFacts,
): Repair {
  const kept = live.filter(({ namespace }) => namespace === undefined);
  const repairs = repairTables(kept, wants, MESH_OWNERSHIP);
  if (repairs.length === 0) return none("what differs is of other tools");
  if (!repairs.every(hasPlainNames))
    return none("the name of a chain has characters that a shell may read otherwise");
  if (!repairs.every(isReadBack)) return none("iptables has no words for some of the wanted rules");
  if (!placesAddresses(repairs)) return none("the pod's address is not known; give status.podIPs of the pod");
  const script = guardedRepair(repairs, wanted.backEnd);
  return { script, notes: remainder(repairedChains(live, repairs), wanted, pod) };
}

function repairNftables(
  live: readonly Chain[],
  wants: readonly Chain[],
  wanted: Rules,
  pod: PodFacts,
): Repair {
  if (wants.some(hasLateHook)) return none("the pod's address is not known; give status.podIPs of the pod");
  if (!wants.every(isSayableInNft))
    return none("the table of nftables has no place or no words for some wanted rules");
  const families = new Set(wants.map(({ family }) => family));
  const others = live.filter((chain) => isInOurTable(chain) && !families.has(chain.family));
  const script = guardedNftables(wants, [...new Set(others.map(({ family }) => family))]);
  const table = wants.map((chain) => ({ ...chain, namespace: `${NFT_FAMILY[chain.family]} ${NFT_TABLE}` }));
  const after = [...live.filter((chain) => !isInOurTable(chain)), ...table];
  return { script, notes: remainder(after, wanted, pod) };
}

/** What stays different when a repair is made. */
function remainder(repaired: readonly Chain[], wanted: Rules, pod: PodFacts): readonly string[] {
  const { equal, count } = compareRules(link(repaired, "before"), wanted.chains, { pod, limit: 0 });
  if (equal) return [];
  const kinds = count === 1n ? "1 kind of packets still fares" : `${count} kinds of packets still fare`;
  return [`it leaves rules of other tools alone, and with them ${kinds} differently`];
}

function none(reason: string): Repair {
  return { script: "", notes: [reason] };
}

function chainsOf({ chains }: Rules): readonly Chain[] {
  return chains.all.map(({ source }) => source);
}

function isInOurTable({ namespace, family }: Chain): boolean {
  return namespace === `${NFT_FAMILY[family]} ${NFT_TABLE}`;
}

/** The chains that iptables has or could have: those of our table of nftables, whose rules it can say, among them. */
function ofIptables(chains: readonly Chain[]): readonly Chain[] {
  return chains.flatMap((chain) => {
    const { namespace, priority: _, ...plain } = chain;
    return namespace === undefined ? [chain] : isInOurTable(chain) ? [plain] : [];
  });
}

/** The chain with the pod's address in the place of variables, where the address is known. */
function resolved(chain: Chain, { addresses }: PodFacts): Chain {
  const known = addresses.find(({ family }) => family === chain.family);
  if (known === undefined) return chain;
  const address = { kind: "literal", text: formatAddress(known) } as const;
  const rules = chain.rules.map((rule): Rule => {
    const { target } = rule;
    const isOpen = target.kind === "dnat" && target.address.kind === "environment";
    return isOpen ? { ...rule, target: { ...target, address } } : rule;
  });
  return { ...chain, rules };
}

function hasPlainNames({ chains, removed }: TableRepair): boolean {
  return [...chains.map(({ name }) => name), ...removed].every((name) => /^[\w.:@-]+$/.test(name));
}

/** Whether iptables would make of the text of each rule the same rule, as far as we read it. */
function isReadBack({ family, table, chains, removed, hooks }: TableRepair): boolean {
  const rules = [
    ...chains.flatMap((chain) => chain.rules.map((rule) => [chain.name, rule] as const)),
    ...hooks.flatMap(({ chain, wanted, ours }) => [...wanted, ...ours].map((rule) => [chain, rule] as const)),
  ].map(([chain, rule]) => [chain, withAddress(rule, family)] as const);
  const declared = [...chains.map(({ name }) => name), ...removed].map((name) => `:${name} - [0:0]`);
  const lines = rules.map(([chain, rule]) => ruleText(chain, rule));
  if (lines.some((line) => /[\r\n]/.test(line))) return false;
  const read = parseRules([`*${table}`, ...declared, ...lines, "COMMIT", ""].join("\n"), { family });
  if (!read.ok || read.value.failures.length > 0) return false;
  const found = read.value.chains.flatMap((chain) =>
    chain.rules.map((rule) => `${chain.name} ${ruleKey(rule)}`),
  );
  const meant = rules.map(([chain, rule]) => `${chain} ${ruleKey(rule)}`);
  return JSON.stringify(found.sort()) === JSON.stringify(meant.sort());
}

/** The rule with some address in the place of a variable. */
function withAddress(rule: Rule, family: IpFamily): Rule {
  const { target } = rule;
  if (target.kind !== "dnat" || target.address.kind === "literal") return rule;
  return {
    ...rule,
    target: {
      ...target,
      address: { kind: "literal", text: family === "ipv4" ? "192.0.2.1" : "2001:db8::1" },
    },
  };
}

function hasLateHook({ hook, rules }: Chain): boolean {
  return hook !== undefined && rules.some(isLate);
}

function isLate({ target }: Rule): boolean {
  return target.kind === "dnat" && target.address.kind === "environment";
}

/** Whether a chain can be one of our table of nftables. Only the first rule of a user chain may take its address late. */
function isSayableInNft({ table, hook, policy, rules }: Chain): boolean {
  if (table !== "nat" || policy === "drop") return false;
  if (hook !== undefined && hook !== "PREROUTING" && hook !== "OUTPUT") return false;
  return rules.every((rule, index) => {
    const { matches, target } = rule;
    if (isLate(rule) && index > 0) return false;
    const hasWords = ["jump", "goto", "return", "accept", "redirect", "dnat", "none"].includes(target.kind);
    return hasWords && matches.every(({ kind }) => kind !== "unknown" && kind !== "connection-state");
  });
}
