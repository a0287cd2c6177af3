import { describeParseError } from "../../src/parse/parse-error.ts";
import { type ParsedRules, type ParseOptions, parseRules } from "../../src/parse/rules.ts";
import { ruleText } from "../../src/render/rule-text.ts";
import type { Chain, Rule } from "../../src/ruleset/rule.ts";

/** What a text that must be read says. */
export function parsed(text: string, options?: ParseOptions): ParsedRules {
  const result = parseRules(text, options);
  if (!result.ok) throw new Error(describeParseError(result.error));
  return result.value;
}

/** Why a text that must not be read is not. */
export function refusal(text: string, options?: ParseOptions): string {
  const result = parseRules(text, options);
  if (result.ok) throw new Error(`read as ${result.value.detected}`);
  return describeParseError(result.error);
}

/** The rules of chains as `iptables-save` prints them, with a line for each chain. */
export function lines(chains: readonly Chain[]): readonly string[] {
  return chains.flatMap(({ family, table, namespace, name, hook, priority, policy, rules }) => [
    [
      `${family} ${table} ${name}`,
      ...(namespace === undefined ? [] : [`in ${namespace}`]),
      ...(hook === undefined ? [] : [`at ${hook}`]),
      ...(priority === undefined ? [] : [`priority ${priority}`]),
      ...(policy === undefined ? [] : [`policy ${policy}`]),
    ].join(" "),
    ...rules.map((rule) => `  ${ruleText(name, rule)}`),
  ]);
}

/** The only rule of a command that adds one to the OUTPUT chain of nat. */
export function outputRule(specification: string, program = "iptables"): Rule {
  const { chains } = parsed(`${program} -t nat -N X; ${program} -t nat -A OUTPUT ${specification}`);
  const rules = chains.find(({ name }) => name === "OUTPUT")?.rules ?? [];
  const [rule] = rules;
  if (rule === undefined || rules.length > 1) throw new Error(`${rules.length} rules`);
  return rule;
}
