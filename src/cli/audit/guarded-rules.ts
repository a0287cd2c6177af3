import { parseRules } from "../../parse/rules.ts";
import type { Chain } from "../../ruleset/rule.ts";

/** A script taken apart: what a shell acts on, and the here-documents that it does not look into. */
interface TakenApart {
  /** The lines outside the documents, `cat <<'END'` and `END` among them. */
  readonly frame: readonly string[];
  readonly documents: readonly (readonly string[])[];
}

/**
 * The chains that a guarded script makes; undefined when it is not, but for its quoted rules, the script that we would
 * write today to the letter. Then what its shell does is known, and no shell ever expands the rest.
 *
 * @param ours the guarded script of a plan in the form `restore`, without rules that the script takes from its environment.
 */
export function guardedRules(script: string, ours: string): readonly Chain[] | undefined {
  const [given, known] = [takeApart(script), takeApart(ours)];
  if (given.documents.length === 0 || given.frame.join("\n") !== known.frame.join("\n")) return undefined;
  if (given.frame.some((line) => line.includes("POD_IP"))) return undefined;
  const openings = openingsOf(given.frame);
  if (openings.length !== given.documents.length) return undefined;
  const chains: Chain[] = [];
  for (const [index, { family, lines }] of openings.entries()) {
    const rules = parseRules([...lines, ...(given.documents[index] ?? []), ""].join("\n"), { family });
    if (!rules.ok || rules.value.form !== "restore" || rules.value.failures.length > 0) return undefined;
    chains.push(...rules.value.chains.filter((chain) => chain.family === family));
  }
  return chains;
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

interface Opening {
  readonly family: "ipv4" | "ipv6";
  /** The lines in front of the document's: its chains, and the jumps that lead to them. */
  readonly lines: readonly string[];
}

/** What the frame prints in front of each document. A fresh network namespace has none of the jumps. */
function openingsOf(frame: readonly string[]): readonly Opening[] {
  const openings: { readonly family: Opening["family"]; readonly lines: string[] }[] = [];
  for (const line of frame) {
    const family = /^(ipv[46])_rules\(\) \{$/.exec(line)?.[1];
    if (family === "ipv4" || family === "ipv6") openings.push({ family, lines: [] });
    const declared = /^printf '%s\\n' ('\*nat'(?: '[^']*')*)$/.exec(line)?.[1];
    if (declared !== undefined) openings.at(-1)?.lines.push(...declared.slice(1, -1).split("' '"));
    const added = /^ *add_rule '([^']*)' /.exec(line)?.[1];
    if (added !== undefined) openings.at(-1)?.lines.push(added);
  }
  return openings;
}
