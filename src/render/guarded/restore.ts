import type { Operation, Transaction } from "../../ruleset/operation.ts";
import type { Rule } from "../../ruleset/rule.ts";
import { declarationLines, explainedRuleLines } from "../restore.ts";
import { specification } from "../rule-text.ts";
import { type BackEnd, chooseBackEnd, type Ours } from "./back-end.ts";
import { programOf, whereAble } from "./family.ts";
import { environmentVariable } from "./late-rule.ts";
import { hereDocument, PRELUDE, printLines, printWhenSet, quoted, READ_POD_IPS, WAIT } from "./shell.ts";

/** A rule whose target is an address that the script takes from its environment. It is the first of its chain. */
interface LateRule {
  readonly chain: string;
  readonly rule: Rule;
  readonly variable: string;
}

/**
 * A script that loads each family's rules in one transaction of `iptables-restore`. Chains that are there are replaced;
 * jumps from built-in chains are added unless they are there: a second run changes nothing, and at no moment is a table
 * without the rules.
 */
export function guardedRestore(transactions: readonly Transaction[], backEnd: BackEnd): string {
  const lines = [
    "# Redirects the pod's TCP traffic to its proxy. It may run any number of times.",
    ...PRELUDE,
    ...chooseBackEnd(backEnd, ours(transactions)),
    ...(transactions.some(needsPodIp) ? READ_POD_IPS : []),
    ...ADD_RULE,
    ...transactions.flatMap(familyPart),
  ];
  return `${lines.join("\n")}\n`;
}

/** A script that removes exactly what the other one added, from whichever back end has it. */
export function guardedRestoreCleanup(transactions: readonly Transaction[], backEnd: BackEnd): string {
  const lines = [
    "# Removes the redirection of the pod's TCP traffic to its proxy. It may run any number of times.",
    ...PRELUDE,
    ...chooseBackEnd(backEnd, ours(transactions)),
    ...REMOVE_RULE,
    ...transactions.flatMap(cleanupPart),
  ];
  return `${lines.join("\n")}\n`;
}

/**
 * `add_rule LINE PROGRAM CHAIN RULE…` puts the line into `added` unless the chain has the rule. Exit codes of `-C`: 1 and
 * 2 for a rule or a chain that is not there, others for a table or a lock that could not be had (iptables/xshared.h).
 */
const ADD_RULE: readonly string[] = [
  "# Adds a rule to what is loaded, unless its chain has it. iptables -C: 1 for no rule, 2 for no chain.",
  "add_rule() {",
  "  line=$1 program=$2; shift 2",
  "  if [ $new = no ]; then",
  `    try "$program" ${WAIT} -t nat -C "$@"`,
  "    case $code in",
  "      0) return ;;",
  "      1 | 2) ;;",
  '      *) fail "$program: $output" ;;',
  "    esac",
  "  fi",
  '  added="$added$line',
  '"',
  "}",
];

/** `remove_rule LINE PROGRAM CHAIN RULE…` puts the line into `removed` when the chain has the rule. */
const REMOVE_RULE: readonly string[] = [
  "# Removes a rule with what is loaded, when its chain has it. iptables -C: 1 for no rule, 2 for no chain.",
  "remove_rule() {",
  "  line=$1 program=$2; shift 2",
  `  try "$program" ${WAIT} -t nat -C "$@"`,
  "  case $code in",
  '    0) removed="$removed$line',
  '" ;;',
  "    1 | 2) ;;",
  '    *) fail "$program: $output" ;;',
  "  esac",
  "}",
];

/**
 * What loads a family. `COMMIT` stands in the here-document with the rules: should whoever prints the document be killed,
 * iptables-restore finds no `COMMIT` and changes nothing.
 */
function familyPart(transaction: Transaction): readonly string[] {
  const { family, operations } = transaction;
  const program = programOf(family);
  const document = [
    `${family}_rules() {`,
    printLines(declarationLines(transaction)),
    ...operations.flatMap(lateRule).flatMap(printLate),
    "printf '%s' \"$added\"",
    ...hereDocument([...explainedRuleLines(operations.filter(isEarly), "saved"), "COMMIT"]),
    "}",
  ];
  const load = [
    "added=",
    ...ensured(operations).map((rule) => `add_rule ${quoted(`-A ${rule}`)} ${program} ${shellWords(rule)}`),
    `${family}_rules | ${program}-restore ${WAIT} --noflush`,
  ];
  return [...document, ...whereAble(family, load)];
}

function cleanupPart(transaction: Transaction): readonly string[] {
  const { family, operations } = transaction;
  const chains = operations.flatMap((step) => (step.kind === "new-chain" ? [step.chain] : []));
  const program = programOf(family);
  const document = [
    `${family}_removal() {`,
    printLines(declarationLines(transaction)),
    "printf '%s' \"$removed\"",
    ...hereDocument([...chains.map((chain) => `-X ${chain}`), "COMMIT"]),
    "}",
  ];
  const undo = [
    "removed=",
    ...ensured(operations).map(
      (rule) => `remove_rule ${quoted(`-D ${rule}`)} ${program} ${shellWords(rule)}`,
    ),
    `${family}_removal | ${program}-restore ${WAIT} --noflush`,
  ];
  return [...document, ...whereAble(family, undo, [])];
}

/** The rules that are added unless they are there, as arguments of `-C`. */
function ensured(operations: readonly Operation[]): readonly string[] {
  return operations.flatMap((step) =>
    step.kind === "ensure" ? [`${step.chain}${specification(step.rule, "saved")}`] : [],
  );
}

/** A rule as the shell must have it to give iptables the same words as a restore document does. */
function shellWords(rule: string): string {
  return rule.replace(/"((?:\\.|[^"\\])*)"/g, (_, text: string) => quoted(text.replace(/\\(.)/g, "$1")));
}

/** What prints a late rule, when the environment has an address of its family. */
function printLate({ chain, rule, variable }: LateRule): readonly string[] {
  return [`# ${rule.reason}`, printWhenSet(variable, `-A ${chain}${specification(rule, "saved")}`)];
}

function lateRule(step: Operation): readonly LateRule[] {
  if (step.kind === "new-chain") return [];
  const variable = environmentVariable(step.rule);
  return variable === undefined ? [] : [{ chain: step.chain, rule: step.rule, variable }];
}

function isEarly(step: Operation): boolean {
  return step.kind === "new-chain" || environmentVariable(step.rule) === undefined;
}

function needsPodIp({ operations }: Transaction): boolean {
  return operations.some((step) => !isEarly(step));
}

function ours(transactions: readonly Transaction[]): Ours {
  const first = transactions[0];
  const step = first?.operations.find(({ kind }) => kind === "new-chain");
  if (first === undefined || step === undefined) throw new Error("a guarded script declares chains");
  return { family: first.family, chain: step.chain };
}
