import type { Cidr } from "../net/cidr.ts";
import { nameOfProtocol, numberOfProtocol, PROTOCOLS_WITH_PORTS } from "../ruleset/protocol.ts";
import type { AddressMatch, Counters, Match, Rule, Target } from "../ruleset/rule.ts";
import { readRange } from "./address-text.ts";
import { ExtensionWords, UnknownExtension } from "./extension-words.ts";
import type { FamilyGuard } from "./family.ts";
import { MAX_RULES_OF_A_LINE } from "./limits.ts";
import { readNumber, takeNumber } from "./number-text.ts";
import { refuse } from "./parse-error.ts";
import { spellings } from "./spelling.ts";
import { readTarget } from "./target-words.ts";
import type { Word, WordReader } from "./word.ts";

/** The options of a rule that belong to no extension, in every spelling, by the short one. */
const OPTIONS: ReadonlyMap<string, string> = new Map([
  ...spellings("-p", "--protocol", "--proto"),
  ...spellings("-s", "--source", "--src"),
  ...spellings("-d", "--destination", "--dst"),
  ...spellings("-i", "--in-interface"),
  ...spellings("-o", "--out-interface"),
  ...spellings("-f", "--fragments", "--fragment"),
  ...spellings("-m", "--match"),
  ...spellings("-j", "--jump"),
  ...spellings("-g", "--goto"),
  ...spellings("-c", "--set-counters"),
]);

/** A condition of the text: one, a list of addresses any of which will do, or one whose words are still to come. */
type Condition = Match | readonly AddressMatch[] | UnknownExtension;

/** What a rule's words have said so far. */
interface Draft {
  /** In the order of the text. */
  readonly conditions: Condition[];
  readonly given: Set<string>;
  readonly extensions: ExtensionWords;
  /** The protocol that the rule asks for. */
  protocol?: string;
  /** The first condition on ports. */
  ports?: Word;
  target?: { readonly name: Word; readonly goto: boolean };
  counters?: Counters;
}

/** Where to look for what is beside a rule's own options. */
export interface RuleContext {
  readonly family: FamilyGuard;
  /** What stood before the rule, `[5:300]`. */
  readonly counters?: Counters;
  /** Reads an option that is about the command and not about the rule, with its values; false when it is none. */
  readonly commandOption: (option: Word, words: WordReader) => boolean;
}

/**
 * The rules that the words of a command stand for: one, or one for each pair of addresses when they are listed, sources
 * first (man iptables, -s). Reads to the end of the words.
 */
export function readRules(words: WordReader, context: RuleContext): readonly Rule[] {
  const { family, counters } = context;
  const draft: Draft = {
    conditions: [],
    given: new Set(),
    extensions: new ExtensionWords(family),
    ...(counters !== undefined && { counters }),
  };
  for (let word = words.peek(); word !== undefined; word = words.peek()) readOption(draft, words, context);
  checkPorts(draft);
  const target = targetOf(draft, family);
  const rule = { target, origins: [], reason: "", ...(draft.counters && { counters: draft.counters }) };
  return combinations(withSupplementaryGroups(draft.conditions), words).map((matches) => ({
    matches,
    ...rule,
  }));
}

function readOption(draft: Draft, words: WordReader, { family, commandOption }: RuleContext): void {
  const bang = words.takeIf("!");
  const word = words.take("an option");
  const option = OPTIONS.get(word.text);
  if (option === undefined) {
    if (bang === undefined && commandOption(word, words)) return;
    const match = draft.extensions.option(word, bang, words, draft.protocol);
    if (match === undefined) return;
    if (match.kind.endsWith("port")) draft.ports ??= word;
    draft.conditions.push(match);
    return;
  }
  if (option !== "-m" && draft.given.has(option)) refuse(word.place, word.text, "each option once");
  draft.given.add(option);
  switch (option) {
    case "-m": {
      const extension = draft.extensions.load(words.take("the name of a match"));
      if (extension !== undefined) draft.conditions.push(extension);
      return;
    }
    case "-f":
      draft.conditions.push({ kind: "unknown", name: "fragment", text: bang ? "! -f" : "-f" });
      return;
    case "-c":
      draft.counters = readCounters(words);
      return;
    case "-j":
    case "-g":
      if (draft.target !== undefined) refuse(word.place, word.text, "one target");
      draft.target = { name: words.take("a target"), goto: option === "-g" };
      if (option === "-j") draft.extensions.target();
      return;
  }
  // Before 1.4.3 the exclamation mark stood between the option and its value.
  const negated = (words.takeIf("!") ?? bang) !== undefined;
  readCondition(draft, option, words.take(`the value of ${word.text}`), negated, family);
}

function readCondition(
  draft: Draft,
  option: string,
  value: Word,
  negated: boolean,
  family: FamilyGuard,
): void {
  switch (option) {
    case "-p": {
      const match = protocolMatch(value, negated);
      if (match?.kind === "protocol" && !negated) draft.protocol = match.protocol;
      if (match !== undefined) draft.conditions.push(match);
      return;
    }
    case "-s":
    case "-d":
      draft.conditions.push(addressMatches(option, value, negated, family));
      return;
    default:
      draft.conditions.push({
        kind: option === "-i" ? "in-interface" : "out-interface",
        negated,
        name: interfaceName(value),
      });
  }
}

/** Undefined for `all`, which is no condition. */
function protocolMatch(value: Word, negated: boolean): Match | undefined {
  const text = value.text.toLowerCase();
  const number = text === "all" ? 0 : (numberOfProtocol(text) ?? readNumber(text, 255));
  if (number === 0) {
    if (negated) refuse(value.place, value.text, "a protocol: no packet is of none");
    return undefined;
  }
  if (number !== undefined) return { kind: "protocol", negated, protocol: nameOfProtocol(number) };
  if (!/^[a-z][a-z0-9.+-]*$/.test(text)) refuse(value.place, value.text, "a protocol, 0 to 255");
  return { kind: "unknown", name: "protocol", text: `${negated ? "! " : ""}-p ${value.verbatim}` };
}

function addressMatches(
  option: "-s" | "-d",
  value: Word,
  negated: boolean,
  family: FamilyGuard,
): Match | readonly AddressMatch[] {
  const kind = option === "-s" ? "source" : "destination";
  const ranges: Cidr[] = [];
  for (const item of value.text.split(",")) {
    const range = readRange(value, item);
    if (range === undefined) {
      return { kind: "unknown", name: kind, text: `${negated ? "! " : ""}${option} ${value.verbatim}` };
    }
    family.meets(range.family, value.place, value.text);
    ranges.push(range);
  }
  if (negated && ranges.length > 1) refuse(value.place, value.text, "one address behind an exclamation mark");
  return ranges.map((range) => ({ kind, negated, range }));
}

/** What the kernel takes: `dev_valid_name` forbids more, but a rule may name what no interface can be called. */
function interfaceName(value: Word): string {
  if (value.text === "" || value.text.length > 15) {
    refuse(value.place, value.text, "the name of an interface, 1 to 15 characters");
  }
  return value.text;
}

function readCounters(words: WordReader): Counters {
  const packets = takeNumber(words.take("a packet count"), Number.MAX_VALUE, "a packet count");
  return { packets, bytes: takeNumber(words.take("a byte count"), Number.MAX_VALUE, "a byte count") };
}

/** Without the protocol the kernel refuses a condition on ports, and the model would not know whose ports they are. */
function checkPorts({ ports, protocol }: Draft): void {
  if (ports === undefined || PROTOCOLS_WITH_PORTS.includes(protocol ?? "")) return;
  refuse(
    ports.place,
    ports.text,
    `-p with one of ${PROTOCOLS_WITH_PORTS.join(", ")} beside a condition on ports`,
  );
}

function targetOf({ target, extensions }: Draft, family: FamilyGuard): Target {
  if (target === undefined) return { kind: "none" };
  if (target.goto) return { kind: "goto", chain: target.name.text };
  return readTarget(target.name, extensions.targetOptions, family);
}

const SUPPLEMENTARY = "-m owner --suppl-groups";

/** With `--suppl-groups` a rule asks for all groups of an owner, where the model knows the first alone. */
function withSupplementaryGroups(conditions: readonly Condition[]): readonly Condition[] {
  const isAddition = (condition: Condition): boolean =>
    "kind" in condition && condition.kind === "unknown" && condition.text === SUPPLEMENTARY;
  if (!conditions.some(isAddition)) return conditions;
  return conditions
    .filter((condition) => !isAddition(condition))
    .map((condition) => {
      if (!("kind" in condition) || condition.kind !== "owner-gid") return condition;
      const { negated, ids } = condition;
      const span = ids.first === ids.last ? ids.first : `${ids.first}-${ids.last}`;
      const text = `-m owner ${negated ? "! " : ""}--gid-owner ${span} --suppl-groups`;
      return { kind: "unknown", name: "owner", text };
    });
}

function combinations(conditions: readonly Condition[], words: WordReader): readonly (readonly Match[])[] {
  const listed = conditions.filter(isList);
  const count = listed.reduce((product, list) => product * list.length, 1);
  if (count > MAX_RULES_OF_A_LINE) {
    refuse(words.end, "", `a line that stands for at most ${MAX_RULES_OF_A_LINE} rules, not ${count}`);
  }
  // Sources vary slowest, whichever list the text has first.
  let picks: readonly ReadonlyMap<Condition, AddressMatch>[] = [new Map()];
  for (const list of listed.toSorted((a, b) => rank(a) - rank(b))) {
    picks = picks.flatMap((pick) => list.map((address) => new Map([...pick, [list, address]])));
  }
  return picks.map((pick) =>
    conditions.flatMap((condition) => {
      if (isList(condition)) return pick.get(condition) ?? [];
      return condition instanceof UnknownExtension ? condition.match : condition;
    }),
  );
}

function isList(condition: Condition): condition is readonly AddressMatch[] {
  return Array.isArray(condition);
}

function rank([first]: readonly AddressMatch[]): number {
  return first?.kind === "source" ? 0 : 1;
}
