import type { IpFamily } from "../net/address.ts";
import { parseRules } from "../parse/rules.ts";
import type { BackEnd } from "../render/guarded/back-end.ts";
import { guardedNftables } from "../render/guarded/nftables.ts";
import { guardedRestore } from "../render/guarded/restore.ts";
import type { Operation } from "../ruleset/operation.ts";
import type { Chain, Rule } from "../ruleset/rule.ts";

/**
 * The chains that a script of the hardened dialect makes in a fresh network namespace, whatever inputs it was planned
 * from; undefined when it is no such script.
 *
 * What a shell does cannot be read off its text, but it can be compared with what we would write: around the quoted
 * documents, which no shell looks into, has to stand, to the letter, what we write today around such rules.
 */
export function readGuardedScript(script: string): readonly Chain[] | undefined {
  const { frame, documents } = takeApart(script);
  const openings = openingsOf(frame);
  if (openings.length === 0 || openings.length !== documents.length) return undefined;
  const isNft = frame.some((line) => NFT_LOAD.test(line));
  const chains: Chain[] = [];
  for (const [at, opening] of openings.entries()) {
    const its = chainsOf(opening, documents[at] ?? [], isNft);
    if (its === undefined) return undefined;
    chains.push(...its);
  }
  const ours = isNft ? [guardedNftables(chains)] : restoreScripts(chains);
  return ours.some((text) => takeApart(text).frame.join("\n") === frame.join("\n")) ? chains : undefined;
}

/** How a table of nftables is loaded; IPv6 alone is so behind a condition. */
const NFT_LOAD = /^(?:.* )?ipv[46]_rules \| nft -f -(?:;.*)?$/;

/** A script taken apart: what a shell acts on, and the here-documents that it does not look into. */
interface TakenApart {
  /** The lines outside the documents, `cat <<'END'` and `END` among them. */
  readonly frame: readonly string[];
  readonly documents: readonly (readonly string[])[];
}

function takeApart(script: string): TakenApart {
  const frame: string[] = [];
  const documents: string[][] = [];
  let document: string[] | undefined;
  for (const line of script.split("\n")) {
    if (document === undefined || line === "END") frame.push(line);
    else document.push(line);
    if (line === "END") document = undefined;
    if (document === undefined && line === "cat <<'END'") {
      document = [];
      documents.push(document);
    }
  }
  return { frame, documents };
}

/** What the frame says of a family, beside its document. */
interface Opening {
  readonly family: IpFamily;
  /** What is printed first: the table with its chains, rules whose address is the pod's, jumps from built-in chains. */
  readonly lines: string[];
  /** What the rules with the pod's address are for. */
  readonly reasons: string[];
}

function openingsOf(frame: readonly string[]): readonly Opening[] {
  const openings: Opening[] = [];
  for (const [at, line] of frame.entries()) {
    const family = /^(ipv[46])_rules\(\) \{$/.exec(line)?.[1];
    if (family === "ipv4" || family === "ipv6") openings.push({ family, lines: [], reasons: [] });
    const opening = openings.at(-1);
    if (opening === undefined) continue;
    const words = quotedTexts(line);
    if (line.startsWith("printf '%s\\n' ")) opening.lines.push(...words.slice(1));
    const variable = LATE_RULE.exec(line)?.[1];
    if (variable !== undefined) {
      const [, before = "", after = ""] = words;
      opening.lines.push(`${before}$${variable}${after}`);
      opening.reasons.push((frame[at - 1] ?? "").replace(/^# /, ""));
    }
    if (/^ *add_rule '/.test(line)) opening.lines.push(words[0] ?? "");
  }
  return openings;
}

/** What prints a rule with the pod's address in it. What its words are, the comparison with ours makes sure of. */
const LATE_RULE = /^\[ -z "\$(\w+)" \] \|\| printf '%s%s%s\\n' /;

/** The texts that a line of a shell has between single quotes. */
function quotedTexts(line: string): readonly string[] {
  return [...line.matchAll(/'((?:[^']|'\\'')*)'/g)].map(([, text = ""]) => text.replaceAll("'\\''", "'"));
}

/** The chains that a family's text makes, read as a document in which the shell puts the pod's address. */
function chainsOf(
  { family, lines, reasons }: Opening,
  document: readonly string[],
  isNft: boolean,
): readonly Chain[] | undefined {
  // In the quoted document nothing is expanded, and nothing ends it early.
  if (document.some((line) => line === "EOF" || line.includes("$"))) return undefined;
  const restore = family === "ipv4" ? "iptables-restore --noflush" : "ip6tables-restore --noflush";
  const text = [`${isNft ? "nft -f -" : restore} <<EOF`, ...lines, ...document, "EOF", ""].join("\n");
  const rules = parseRules(text);
  if (!rules.ok || rules.value.failures.length > 0) return undefined;
  const rest = [...reasons];
  return rules.value.chains.map((chain) => ({
    ...chain,
    rules: chain.rules.map((rule) => (isLate(rule) ? { ...rule, reason: rest.shift() ?? "" } : rule)),
  }));
}

function isLate({ target }: Rule): boolean {
  return target.kind === "dnat" && target.address.kind === "environment";
}

/** The scripts that we would write around such rules, one for each back end that can be asked for. */
function restoreScripts(chains: readonly Chain[]): readonly string[] {
  const families = [...new Set(chains.map(({ family }) => family))];
  const transactions = families.map((family) => {
    const its = chains.filter((chain) => chain.family === family);
    const operations = its.flatMap(({ name: chain, hook, rules }): readonly Operation[] =>
      hook === undefined
        ? [
            { kind: "new-chain", chain },
            ...rules.filter(isLate).map((rule) => ({ kind: "insert", chain, rule }) as const),
          ]
        : rules.map((rule) => ({ kind: "ensure", chain, rule })),
    );
    return { family, table: "nat", operations } as const;
  });
  if (transactions.every(({ operations }) => operations.every(({ kind }) => kind !== "new-chain"))) return [];
  return BACK_ENDS.map((backEnd) => guardedRestore(transactions, backEnd));
}

const BACK_ENDS: readonly BackEnd[] = ["auto", "legacy", "nf_tables"];
