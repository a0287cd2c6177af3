import type { IpFamily } from "../../net/address.ts";
import type { HookRepair, TableRepair } from "../../ruleset/repair.ts";
import type { Chain, Rule } from "../../ruleset/rule.ts";
import { ruleText, specification } from "../rule-text.ts";
import { type BackEnd, chooseBackEnd } from "./back-end.ts";
import { programOf, whereAble } from "./family.ts";
import { environmentVariable } from "./late-rule.ts";
import { hereDocument, PRELUDE, printLines, printWhenSet, quoted, READ_POD_IPS, WAIT } from "./shell.ts";

/**
 * A script that makes repairs, each in one transaction of `iptables-restore`: at no moment is a table without either
 * rules. What it takes out of a built-in chain it finds in the kernel when it runs, so that a second run changes nothing
 * and rules of other tools stay, also those that came in the meantime.
 */
export function guardedRepair(repairs: readonly TableRepair[], backEnd: BackEnd): string {
  const [first] = repairs;
  const chain = first && (first.removed[0] ?? first.chains[0]?.name ?? first.hooks[0]?.chain);
  if (first === undefined || chain === undefined) throw new Error("a repair is about some chain");
  const lines = [
    "# Takes the rules of this network namespace to the wanted ones. It may run any number of times.",
    ...PRELUDE,
    ...chooseBackEnd(backEnd, { family: first.family, chain }),
    ...(repairs.some(hasLateRule) ? READ_POD_IPS : []),
    ...TAKE_OUT,
    ...PUT,
    ...repairs.flatMap(tablePart),
  ];
  return `${lines.join("\n")}\n`;
}

/**
 * Whether a script can put all addresses in their places: only the first rule of a user chain, and rules of built-in
 * chains, may take theirs from the environment.
 */
export function placesAddresses(repairs: readonly TableRepair[]): boolean {
  return repairs.every(({ chains }) => chains.every(({ rules }) => rules.slice(1).every(isEarly)));
}

/**
 * `take_out PROGRAM TABLE CHAIN` adds to `changes` what deletes the rules of a chain that `is_ours` knows, and sets
 * `place` to where the first of them stands, counted without them; behind all others when there is none.
 */
const TAKE_OUT: readonly string[] = [
  "take_out() {",
  "  chain=$3 place= number=1",
  `  try "$1" ${WAIT} -t "$2" -S "$3"`,
  '  [ "$code" -eq 0 ] || fail "$1: $output"',
  "  IFS='",
  "'",
  "  for line in $output; do",
  '    case $line in "-A $chain "*) ;; *) continue ;; esac',
  '    if is_ours "$line"; then',
  // biome-ignore lint/suspicious/noTemplateCurlyInString: the shell's own expansion
  '      changes="$changes-D ${line#-A }',
  '"',
  // biome-ignore lint/suspicious/noTemplateCurlyInString: the shell's own expansion
  "      place=${place:-$number}",
  "    else number=$((number + 1)); fi",
  "  done",
  "  unset IFS",
  // biome-ignore lint/suspicious/noTemplateCurlyInString: the shell's own expansion
  "  place=${place:-$number}",
  "}",
];

/** `put RULE` adds to `changes` what puts a rule at the place, and moves the place behind it. */
const PUT: readonly string[] = [
  "put() {",
  '  changes="$changes-I $chain $place$1',
  '" place=$((place + 1))',
  "}",
];

/** What repairs a table. See `guardedRestore` for why `COMMIT` stands in the last piece that is printed. */
function tablePart(repair: TableRepair): readonly string[] {
  const { family, table, chains, removed, hooks } = repair;
  const name = `${family}_${table}`;
  const policies = hooks.flatMap(({ chain, policy }) =>
    policy ? [`:${chain} ${policy.toUpperCase()} [0:0]`] : [],
  );
  const declared = [...chains.map((chain) => chain.name), ...removed].map((chain) => `:${chain} - [0:0]`);
  const rules = chains.flatMap((chain) =>
    chain.rules.filter(isEarly).map((rule) => ruleText(chain.name, rule)),
  );
  const document = [
    ...isOurs(repair),
    `${name}_rules() {`,
    printLines([`*${table}`, ...policies, ...declared]),
    ...chains.flatMap(printLate),
    "printf '%s' \"$changes\"",
    ...hereDocument([...rules, ...removed.map((chain) => `-X ${chain}`), "COMMIT"]),
    "}",
  ];
  const program = programOf(family);
  const load = [
    "changes=",
    ...hooks.flatMap((hook) => [
      `take_out ${program} ${table} ${hook.chain}`,
      ...hook.wanted.map((rule) => putRule(rule, family)),
    ]),
    `${name}_rules | ${program}-restore ${WAIT} --noflush`,
  ];
  const wantsRules = chains.length > 0 || hooks.some(({ wanted }) => wanted.length > 0);
  return [...document, ...(wantsRules ? whereAble(family, load) : whereAble(family, load, []))];
}

/** `is_ours LINE` tells whether a rule, as `iptables -S` prints it, goes. */
function isOurs({ chains, removed, hooks }: TableRepair): readonly string[] {
  const jumps = [...chains.map(({ name }) => name), ...removed].flatMap((name) => [
    `*${quoted(` -j ${name}`)}`,
    `*${quoted(` -g ${name}`)}`,
  ]);
  const direct = hooks.flatMap(({ chain, ours }) => ours.map((rule) => pattern(chain, rule)));
  const patterns = [...new Set([...direct, ...jumps])];
  return [
    "is_ours() {",
    "  case $1 in",
    ...patterns.map((each) => `    ${each}) ;;`),
    "    *) return 1 ;;",
    "  esac",
    "}",
  ];
}

/** What a rule looks like, whatever address it takes from the environment. */
function pattern(chain: string, rule: Rule): string {
  const [before, after] = aroundAddress(ruleText(chain, rule), rule);
  return after === undefined ? quoted(before) : `${quoted(before)}*${after === "" ? "" : quoted(after)}`;
}

function putRule(rule: Rule, family: IpFamily): string {
  const [before, after] = aroundAddress(specification(rule, "saved"), rule);
  if (after === undefined) return `put ${quoted(before)}`;
  const variable = VARIABLES[family];
  return `[ -z "$${variable}" ] || put ${quoted(before)}"$${variable}"${after === "" ? "" : quoted(after)}`;
}

function printLate({ name, family, rules: [first] }: Chain): readonly string[] {
  if (first === undefined || isEarly(first)) return [];
  const variable = VARIABLES[family];
  const [before, after] = aroundAddress(ruleText(name, first), first);
  return [printWhenSet(variable, `${before}$${variable}${after}`)];
}

/** The address of the pod by the name that the script has for it, whatever name the wanted rules have. */
const VARIABLES: Readonly<Record<IpFamily, string>> = { ipv4: "POD_IPV4", ipv6: "POD_IPV6" };

/** A rule's text before and behind the address that it takes from the environment; in one piece when it takes none. */
function aroundAddress(text: string, rule: Rule): readonly [before: string, after?: string] {
  const variable = environmentVariable(rule);
  if (variable === undefined) return [text];
  const [before = "", after = ""] = text.split(`$${variable}`);
  return [before, after];
}

function isEarly(rule: Rule): boolean {
  return environmentVariable(rule) === undefined;
}

function hasLateRule({ chains, hooks }: TableRepair): boolean {
  const rules = [
    ...chains.flatMap((chain) => chain.rules),
    ...hooks.flatMap(({ wanted }: HookRepair) => wanted),
  ];
  return !rules.every(isEarly);
}
