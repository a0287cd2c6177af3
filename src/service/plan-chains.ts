import type { Plan } from "../gen/redirect/v1/plan_pb.ts";
import {
  type Chain as ChainMessage,
  IpFamily as IpFamilyMessage,
  OriginKind,
  type Origin as OriginMessage,
  type Rule as RuleMessage,
  Table,
} from "../gen/redirect/v1/ruleset_pb.ts";
import type { IpFamily } from "../net/address.ts";
import type { InputOrigin, Origin } from "../origin.ts";
import { describeParseError } from "../parse/parse-error.ts";
import { parseRules } from "../parse/rules.ts";
import type { Chain, Rule } from "../ruleset/rule.ts";
import { invalidRules } from "./invalid-rules.ts";

/**
 * The chains of a plan as an earlier answer gave it. Each rule is read from its text, which says all of it; its origins
 * and its reason are taken over.
 *
 * @throws ServiceError when a text is no rule.
 */
export function planChains(plan: Plan, path: string): readonly Chain[] {
  const families = [
    ["ipv4", IpFamilyMessage.IPV4],
    ["ipv6", IpFamilyMessage.IPV6],
  ] as const;
  return families.flatMap(([family, number]) => {
    const messages = plan.chains.filter((chain) => chain.family === number);
    if (messages.length === 0) return [];
    const rules = parseRules(document(family, messages, path));
    if (!rules.ok) throw invalidRules(`${path}.chains`, "", describeParseError(rules.error));
    return rules.value.chains.map((chain) => {
      const message = messages.find(({ name }) => name === chain.name);
      return { ...chain, rules: chain.rules.map((rule, index) => withOrigins(rule, message?.rules[index])) };
    });
  });
}

/**
 * The rules as a script with a document for iptables-restore, in which `$POD_IP` is a variable. A plan has the nat table
 * alone.
 */
function document(family: IpFamily, chains: readonly ChainMessage[], path: string): string {
  const lines = chains.flatMap(({ name, table, hook, rules }, index) => {
    const field = `${path}.chains[${index}]`;
    if (table !== Table.NAT)
      throw invalidRules(`${field}.table`, String(table), "a plan has rules in the nat table alone");
    if (/[\s\p{Cc}]/u.test(name))
      throw invalidRules(`${field}.name`, name, "a chain's name has no white space");
    for (const [at, { text }] of rules.entries()) {
      if (!text.startsWith(`-A ${name} `) || /[\r\n]/.test(text)) {
        throw invalidRules(
          `${field}.rules[${at}].text`,
          text,
          `a rule of this chain begins with '-A ${name} ' and is one line`,
        );
      }
    }
    return {
      declaration: hook === undefined ? [`:${name} - [0:0]`] : [],
      rules: rules.map(({ text }) => text),
    };
  });
  return [
    `${family === "ipv4" ? "iptables" : "ip6tables"}-restore --noflush <<EOF`,
    "*nat",
    ...lines.flatMap(({ declaration }) => declaration),
    ...lines.flatMap(({ rules }) => rules),
    "COMMIT",
    "EOF\n",
  ].join("\n");
}

function withOrigins(rule: Rule, message: RuleMessage | undefined): Rule {
  if (message === undefined) return rule;
  const given = message.allOrigins.length > 0 ? message.allOrigins : message.origin ? [message.origin] : [];
  return { ...rule, origins: given.flatMap(readOrigin), reason: message.reason };
}

const KINDS: ReadonlyMap<number, InputOrigin["kind"]> = new Map([
  [OriginKind.MESH_CONFIG, "mesh-config"],
  [OriginKind.POD_ANNOTATION, "pod-annotation"],
  [OriginKind.POD, "pod"],
  [OriginKind.OPTION, "option"],
]);

/** An origin of a kind that this contract does not name is left out: it changes nothing about the rule. */
function readOrigin({ kind, field, index, value }: OriginMessage): readonly Origin[] {
  if (kind === OriginKind.BUILT_IN) return [{ kind: "built-in" }];
  const known = KINDS.get(kind);
  if (known === undefined) return [];
  return [{ kind: known, field, value, ...(index !== undefined && { index }) }];
}
