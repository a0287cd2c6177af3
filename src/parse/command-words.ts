import type { IpFamily } from "../net/address.ts";
import { isTable } from "../ruleset/built-in-chains.ts";
import type { Command } from "../ruleset/command.ts";
import type { Counters, Rule, Table } from "../ruleset/rule.ts";
import type { FamilyGuard } from "./family.ts";
import { readNumber, takeNumber } from "./number-text.ts";
import { refuse } from "./parse-error.ts";
import { readRules } from "./rule-words.ts";
import { spellings } from "./spelling.ts";
import type { Word, WordReader } from "./word.ts";

/** What one iptables command, or one line of a restore document, does. */
export interface TableCommands {
  readonly table: Table;
  /** In order; several when the addresses are listed, none when the command changes nothing (`-L`). */
  readonly commands: readonly Command[];
}

/** How a command is read. */
export interface CommandContext {
  readonly family: FamilyGuard;
  /** The table that a restore document is in, where the command cannot name one. */
  readonly table?: Table;
  readonly counters?: Counters;
}

/** What a command needs besides a rule. */
interface Verb {
  readonly option: string;
  readonly word: Word;
  readonly chain?: string;
  /** The rule number behind the chain. */
  readonly position?: number;
  /** The policy, or the new name. */
  readonly value?: Word;
}

/** The commands of iptables in every spelling, by the short one. */
const VERBS: ReadonlyMap<string, string> = new Map([
  ...spellings("-A", "--append"),
  ...spellings("-I", "--insert"),
  ...spellings("-D", "--delete"),
  ...spellings("-R", "--replace"),
  ...spellings("-C", "--check"),
  ...spellings("-N", "--new-chain", "--new"),
  ...spellings("-X", "--delete-chain"),
  ...spellings("-F", "--flush"),
  ...spellings("-P", "--policy"),
  ...spellings("-E", "--rename-chain", "--rename"),
  ...spellings("-Z", "--zero"),
  ...spellings("-L", "--list"),
  ...spellings("-S", "--list-rules"),
]);

/** Options that change what iptables prints, never what it does. */
const SILENT: ReadonlySet<string> = new Set([
  "-v",
  "--verbose",
  "-n",
  "--numeric",
  "-x",
  "--exact",
  "--line-numbers",
]);

/** What the words behind the program's name do, or those of a line that begins with `-`. */
export function readCommand(words: WordReader, context: CommandContext): TableCommands {
  let table = context.table;
  let verb: Verb | undefined;
  let only: IpFamily | undefined;
  const rules = readRules(words, {
    family: context.family,
    ...(context.counters !== undefined && { counters: context.counters }),
    commandOption: (option, rest) => {
      const known = VERBS.get(option.text);
      if (known !== undefined) {
        if (verb !== undefined) refuse(option.place, option.text, "one command");
        verb = readVerb(known, option, rest);
        return true;
      }
      switch (option.text) {
        case "-t":
        case "--table":
          if (table !== undefined) refuse(option.place, option.text, "one table");
          table = readTable(rest.take("the name of a table"));
          return true;
        case "-4":
        case "--ipv4":
          only = "ipv4";
          return true;
        case "-6":
        case "--ipv6":
          only = "ipv6";
          return true;
        case "-w":
        case "--wait":
        case "-W":
        case "--wait-interval":
          if (readNumber(rest.peek()?.text ?? "", Number.MAX_VALUE) !== undefined) rest.take("seconds");
          return true;
        default:
          return SILENT.has(option.text);
      }
    },
  });
  if (verb === undefined) refuse(words.end, "", "a command such as -A or -N");
  // A rule for one family alone is passed over by the program of the other (man iptables, -4).
  const other = only !== undefined && context.family.known !== undefined && only !== context.family.known;
  return { table: table ?? "filter", commands: other ? [] : commandsOf(verb, rules) };
}

/** A table of iptables, as `-t` or the line that begins with `*` names it. */
export function readTable(word: Word): Table {
  const { text } = word;
  return isTable(text) ? text : refuse(word.place, text, "nat, filter, mangle, raw or security");
}

/** A policy of a built-in chain. */
export function readPolicy(word: Word): "accept" | "drop" {
  if (word.text === "ACCEPT") return "accept";
  return word.text === "DROP" ? "drop" : refuse(word.place, word.text, "the policy ACCEPT or DROP");
}

function readVerb(option: string, word: Word, words: WordReader): Verb {
  const optional =
    option === "-X" || option === "-F" || option === "-Z" || option === "-L" || option === "-S";
  const next = words.peek();
  if (optional && (next === undefined || next.text.startsWith("-"))) return { option, word };
  const chain = readChain(words);
  if (option === "-P" || option === "-E") return { option, word, chain, value: words.take("a second word") };
  const numbered =
    option === "-I" || option === "-D" || option === "-R" || option === "-Z" || option === "-S";
  if (!numbered || readNumber(words.peek()?.text ?? "", Number.MAX_VALUE) === undefined) {
    return { option, word, chain };
  }
  const number = words.take("a rule number");
  return { option, word, chain, position: takeNumber(number, Number.MAX_SAFE_INTEGER, "a rule number") };
}

/** The name of a chain: iptables takes none that begins as an option or a negation does. */
export function readChain(words: WordReader): string {
  const { place, text } = words.take("the name of a chain");
  return text === "" || /^[-!]/.test(text) ? refuse(place, text, "the name of a chain") : text;
}

function commandsOf(verb: Verb, rules: readonly Rule[]): readonly Command[] {
  const { option, word, position, value } = verb;
  const chain = verb.chain ?? "";
  const onChain = verb.chain === undefined ? {} : { chain };
  const place = { chain, position: position ?? 0 };
  switch (option) {
    case "-A":
      return rules.map((rule) => ({ kind: "append", chain, rule }));
    case "-I":
      return rules.map((rule) =>
        position === undefined || position === 1
          ? { kind: "insert", chain, rule }
          : { kind: "insert-at", ...place, rule },
      );
    case "-C":
      return rules.map((rule) => ({ kind: "check", chain, rule }));
    case "-R": {
      const [rule, second] = rules;
      if (position === undefined) refuse(word.place, word.text, "a rule number behind the chain");
      if (rule === undefined || second !== undefined)
        refuse(word.place, word.text, "one address of each side");
      return [{ kind: "replace", ...place, rule }];
    }
    case "-D":
      if (position === undefined) return rules.map((rule) => ({ kind: "delete", chain, rule }));
      break;
  }
  const [rule] = rules;
  if (rule !== undefined && (rule.matches.length > 0 || rule.target.kind !== "none")) {
    refuse(word.place, word.text, "no rule beside this command");
  }
  switch (option) {
    case "-D":
      return [{ kind: "delete-at", ...place }];
    case "-N":
      return [{ kind: "new-chain", chain }];
    case "-X":
      return [{ kind: "delete-chain", ...onChain }];
    case "-F":
      return [{ kind: "flush", ...onChain }];
    case "-P":
      return value === undefined ? [] : [{ kind: "set-policy", chain, policy: readPolicy(value) }];
    case "-E":
      return value === undefined ? [] : [{ kind: "rename-chain", chain, name: value.text }];
    default:
      return [];
  }
}
