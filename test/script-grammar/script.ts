import { ruleFault } from "./iptables-rule.ts";
import { nftRuleFault } from "./nft-rule.ts";
import * as words from "./words.ts";

/** Lines around the rules of a script that name nothing from the inputs. */
const FRAME: readonly RegExp[] = [
  /^ip6?tables-restore --noflush <<EOF$/,
  /^nft -f - <<EOF$/,
  /^(?:EOF|COMMIT|\*nat)$/,
  /^ *# [A-Za-z0-9 ,.'-]+$/,
  /^(?:delete )?table ip6? proxy_redirect(?: \{)?$/,
  /^ *\}$/,
  /^ {4}type nat hook (?:prerouting|output) priority -100; policy accept;$/,
];

/** Lines that name a chain. */
const CHAIN_LINES = [/^:(\S+) - \[0:0\]$/, /^ {2}chain (\S+) \{$/, /^-[FX] (\S+)$/];

/** Commands of iptables with a rule behind the chain. */
const RULE_LINE = /^-[AID] (\S+)( .*)$/;

/**
 * What in a script is no line that a script may have; undefined when there is nothing. Scripts with a shell program
 * around their rules have a `frame`: the lines of that program, known from inputs that are harmless.
 */
export function scriptFault(script: string, frame: ReadonlySet<string> = new Set()): string | undefined {
  if (!/^[\n\x20-\x7e]*$/.test(script)) return "a character that is not printable ASCII";
  if (!script.includes("\n")) return commandLineFault(script);
  for (const line of lines(script)) {
    const fault = frame.has(line) ? undefined : lineFault(line);
    if (fault !== undefined) return `${line}: ${fault}`;
  }
  return undefined;
}

/** The lines of a script, a set of nftables that takes several put on one. */
export function lines(script: string): readonly string[] {
  const joined = script.replace(/\{\n((?: {6}[^{}\n]*\n)+) {4}\}/g, (_, elements: string) => {
    const inner = elements.trim().replace(/,\n {6}/g, ", ");
    return `{ ${inner} }`;
  });
  return joined.replace(/\n$/, "").split("\n");
}

function commandLineFault(script: string): string | undefined {
  for (const command of script.split(" && ")) {
    const step = /^ip6?tables -t nat (.*)$/.exec(command)?.[1];
    const name = /^-[NFX] (\S+)$/.exec(step ?? "")?.[1];
    const fault = name === undefined ? ruleLineFault(step ?? "") : chainFault(name);
    if (fault !== undefined) return `${command}: ${fault}`;
  }
  return undefined;
}

function lineFault(line: string): string | undefined {
  if (FRAME.some((form) => form.test(line))) return undefined;
  for (const form of CHAIN_LINES) {
    const name = form.exec(line)?.[1];
    if (name !== undefined) return chainFault(name);
  }
  if (RULE_LINE.test(line)) return ruleLineFault(line);
  if (line.startsWith("    ") && !line.startsWith("     ")) return nftRuleFault(line.slice(4));
  return "no line that a script may have";
}

function ruleLineFault(line: string): string | undefined {
  const [, name, rule] = RULE_LINE.exec(line) ?? [];
  if (name === undefined || rule === undefined) return "no command on a rule";
  return chainFault(name) ?? ruleFault(rule);
}

function chainFault(name: string): string | undefined {
  return words.chain(name) ? undefined : `'${name}' is no chain of a dialect`;
}
