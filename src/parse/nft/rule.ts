import { formatAddress, type IpFamily, parseAddress } from "../../net/address.ts";
import type { Counters, Match, Rule, Target } from "../../ruleset/rule.ts";
import { extensionTarget } from "../extension-targets.ts";
import { MAX_RULES_OF_A_LINE } from "../limits.ts";
import { refuse } from "../parse-error.ts";
import { podIpVariable } from "../pod-ip-variable.ts";
import { type Alternatives, readCondition } from "./condition.ts";
import { type JsonObject, numberOf, objectOf, onlyMember, textOf } from "./json.ts";
import type { ValueReader } from "./values.ts";

/** What a rule of nftables stands in. */
export interface RuleContext {
  readonly family: IpFamily;
  readonly values: ValueReader;
  /** What to call the rule in an error. */
  readonly path: string;
}

/** The most statements of a rule: the kernel holds as many expressions (NFT_RULE_MAXEXPRS in nf_tables_api.c). */
const MAX_STATEMENTS = 128;

/** Statements that hold for some packets only, in a way that the model does not know. */
const CONDITIONS: ReadonlySet<string> = new Set(["limit", "quota", "ct count", "meter"]);

/** Statements that record, mark or alter a packet, and then the next is asked (man nft, statements). */
const PASSING: ReadonlySet<string> = new Set([
  "ct expectation",
  "ct helper",
  "ct timeout",
  "dup",
  "flow",
  "last",
  "log",
  "mangle",
  "map",
  "notrack",
  "secmark",
  "set",
]);

/**
 * The rules that a rule of nftables is in the model: none for a family that it never holds for, several when it asks for
 * one of several values that the model has no set for, or does several things.
 */
export function readRule(rule: JsonObject, context: RuleContext): readonly Rule[] {
  const statements: unknown = rule["expr"];
  if (!Array.isArray(statements) || statements.length > MAX_STATEMENTS) {
    refuse({ line: 1, column: 1 }, context.path, `a rule with a list expr of at most ${MAX_STATEMENTS}`);
  }
  const comment = textOf(rule["comment"]);
  let conditions: Alternatives = [comment === undefined ? [] : [{ kind: "comment", text: comment }]];
  const done: { readonly conditions: Alternatives; readonly target: Target }[] = [];
  let counters: Counters | undefined;

  for (const statement of statements as readonly unknown[]) {
    const [name, detail] = onlyMember(statement) ?? [];
    if (name === undefined) refuse({ line: 1, column: 1 }, context.path, "statements of one member each");
    if (name === "counter") {
      counters = countersOf(detail);
      continue;
    }
    const condition = readStatementCondition(name, detail, conditions, context);
    if (condition !== undefined) {
      conditions = condition;
      // What was counted is packets that came as far as the counter, not those that meet the rest of the rule too.
      counters = undefined;
    } else if (name !== "continue") done.push({ conditions, target: readTarget(name, detail) });
  }
  const decided = done.length === 0 ? [{ conditions, target: { kind: "none" } as const }] : done;
  return decided.flatMap((each, index) =>
    each.conditions.map((matches, part) => ({
      matches,
      target: each.target,
      origins: [],
      reason: "",
      // The kernel counts the rule once, and does not tell how much of it is of which part.
      ...(counters !== undefined &&
        index === decided.length - 1 &&
        part === 0 &&
        each.conditions.length === 1 && { counters }),
    })),
  );
}

/** The conditions with those of the statement; undefined when it is no condition. */
function readStatementCondition(
  name: string,
  detail: unknown,
  conditions: Alternatives,
  context: RuleContext,
): Alternatives | undefined {
  const about = objectOf(detail);
  const withUnknown = (called: string, text: string): Alternatives =>
    conditions.map((before) => [...before, { kind: "unknown", name: called, text }]);
  if (name === "match" && about !== undefined) {
    const next = conditions.flatMap((before) => {
      const added = readCondition(about, { ...context, before }) ?? [[unknownMatch(about)]];
      return added.map((matches) => [...before, ...matches]);
    });
    if (next.length > MAX_RULES_OF_A_LINE) {
      refuse({ line: 1, column: 1 }, context.path, `a rule that stands for at most ${MAX_RULES_OF_A_LINE}`);
    }
    return next;
  }
  if (name === "xt" && about?.["type"] === "match") {
    const extension = textOf(about["name"]) ?? "";
    // nft does not show what it says, and it says nothing about the packet.
    if (extension === "comment") return conditions;
    return withUnknown(extension, `xt match ${extension}`);
  }
  return CONDITIONS.has(name) ? withUnknown(name, statementText(name, detail)) : undefined;
}

/** A comparison that the model has no form for, called by what it compares: `fib`, `meta mark`. */
function unknownMatch(match: JsonObject): Match {
  return { kind: "unknown", name: nameOf(match["left"]), text: statementText("match", match) };
}

function nameOf(left: unknown): string {
  const [kind, detail] = onlyMember(left) ?? [];
  // What is compared after a bit operation is its first operand.
  if (Array.isArray(detail) && kind !== "concat") return nameOf(detail[0]);
  const about = objectOf(detail);
  const part = textOf(about?.["key"]) ?? textOf(about?.["field"]);
  return [kind ?? "match", ...(part === undefined ? [] : [part])].join(" ");
}

function readTarget(name: string, detail: unknown): Target {
  const text = statementText(name, detail);
  const about = objectOf(detail);
  switch (name) {
    case "accept":
    case "drop":
    case "return":
      return { kind: name };
    case "jump":
    case "goto": {
      const chain = textOf(about?.["target"]);
      return chain === undefined ? { kind: "unknown", name, text } : { kind: name, chain };
    }
    case "redirect":
      return redirect(about) ?? { kind: "unknown", name, text };
    case "dnat":
      return dnat(about) ?? { kind: "unknown", name, text };
    case "snat":
    case "masquerade":
      return { kind: "source-nat", name, text };
    case "reject":
      return { kind: "reject", text };
    case "xt": {
      const extension = textOf(about?.["name"]) ?? "";
      const shown = `xt target ${extension}`;
      return extensionTarget(extension, shown) ?? { kind: "unknown", name: extension, text: shown };
    }
    default:
      return { kind: PASSING.has(name) ? "pass" : "unknown", name, text };
  }
}

/** Undefined for what the model has no form for: no port, a range or a map of ports, flags. */
function redirect(about: JsonObject | undefined): Target | undefined {
  const port = portOf(about);
  return port === undefined || hasFlags(about) ? undefined : { kind: "redirect", port };
}

/**
 * Undefined for what the model has no form for: ranges, maps, a port alone, flags. A variable, which nft itself never
 * prints, is one that a script puts in.
 */
function dnat(about: JsonObject | undefined): Target | undefined {
  const variable = podIpVariable(textOf(objectOf(about?.["addr"])?.["variable"]) ?? "");
  if (variable !== undefined) return { kind: "dnat", address: { kind: "environment", variable } };
  const address = parseAddress(textOf(about?.["addr"]) ?? "");
  if (!address.ok || hasFlags(about)) return undefined;
  const to = { kind: "literal", text: formatAddress(address.value) } as const;
  if (about?.["port"] === undefined) return { kind: "dnat", address: to };
  const port = portOf(about);
  return port === undefined ? undefined : { kind: "dnat", address: to, port };
}

function portOf(about: JsonObject | undefined): number | undefined {
  const port = numberOf(about?.["port"], 65535);
  return port === 0 ? undefined : port;
}

function hasFlags(about: JsonObject | undefined): boolean {
  return about?.["flags"] !== undefined;
}

/** A statement as nft prints it. */
function statementText(name: string, detail: unknown): string {
  return JSON.stringify({ [name]: detail });
}

function countersOf(detail: unknown): Counters | undefined {
  const packets = numberOf(objectOf(detail)?.["packets"], Number.MAX_VALUE);
  const bytes = numberOf(objectOf(detail)?.["bytes"], Number.MAX_VALUE);
  return packets === undefined || bytes === undefined ? undefined : { packets, bytes };
}
