import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { EmptySchema } from "@bufbuild/protobuf/wkt";
import {
  type ChainSchema,
  Hook,
  IpFamily,
  type MatchSchema,
  type RuleSchema,
  Table,
  type TargetSchema,
} from "../gen/redirect/v1/ruleset_pb.ts";
import { formatCidr } from "../net/cidr.ts";
import { ruleText, specification } from "../render/rule-text.ts";
import type { Chain, DnatAddress, Match, Rule, Target } from "../ruleset/rule.ts";
import { originMessage } from "./origin-messages.ts";

const FAMILIES: Readonly<Record<Chain["family"], IpFamily>> = { ipv4: IpFamily.IPV4, ipv6: IpFamily.IPV6 };

const TABLES: Readonly<Record<Chain["table"], Table>> = {
  nat: Table.NAT,
  filter: Table.FILTER,
  mangle: Table.MANGLE,
  raw: Table.RAW,
  security: Table.SECURITY,
};

const HOOKS: Readonly<Record<NonNullable<Chain["hook"]>, Hook>> = {
  PREROUTING: Hook.PREROUTING,
  INPUT: Hook.INPUT,
  FORWARD: Hook.FORWARD,
  OUTPUT: Hook.OUTPUT,
  POSTROUTING: Hook.POSTROUTING,
};

/** A family in the contract's words. */
export function familyMessage(family: Chain["family"]): IpFamily {
  return FAMILIES[family];
}

/** Where a chain stands, in the contract's words. */
export function chainPlace({ family, table, name }: Chain) {
  return { family: FAMILIES[family], table: TABLES[table], chain: name };
}

/** A chain in the contract's words, each rule with its text. */
export function chainMessage(chain: Chain): MessageInitShape<typeof ChainSchema> {
  return {
    family: FAMILIES[chain.family],
    table: TABLES[chain.table],
    name: chain.name,
    ...(chain.hook !== undefined && { hook: HOOKS[chain.hook] }),
    rules: chain.rules.map((rule) => ruleMessage(chain.name, rule)),
  };
}

/** A rule in the contract's words. */
export function ruleMessage(chain: string, rule: Rule): MessageInitShape<typeof RuleSchema> {
  const [first, ...others] = rule.origins.map(originMessage);
  return {
    matches: rule.matches.map((match) => matchMessage(match, rule)),
    target: { action: action(rule.target) },
    text: ruleText(chain, rule),
    reason: rule.reason,
    ...(first !== undefined && { origin: first }),
    ...(first !== undefined && others.length > 0 && { allOrigins: [first, ...others] }),
  };
}

type MatchInit = MessageInitShape<typeof MatchSchema>;
type Condition = NonNullable<MatchInit["condition"]>;

function matchMessage(match: Match, rule: Rule): MatchInit {
  const condition = conditionOf(match, rule);
  // The text of what the contract has no field for says itself whether it is turned round.
  const negated = condition.case !== "other" && "negated" in match && match.negated;
  return { negated, condition };
}

function conditionOf(match: Match, rule: Rule): Condition {
  switch (match.kind) {
    case "protocol":
      return { case: "protocol", value: match.protocol };
    case "source":
      return { case: "source", value: formatCidr(match.range) };
    case "destination":
      return { case: "destination", value: formatCidr(match.range) };
    case "in-interface":
      return { case: "inInterface", value: match.name };
    case "out-interface":
      return { case: "outInterface", value: match.name };
    case "source-port":
      return { case: "sourcePorts", value: { ranges: [match.range], multiport: false } };
    case "destination-port":
      return { case: "destinationPorts", value: { ranges: [match.range], multiport: false } };
    case "source-multiport":
      return { case: "sourcePorts", value: { ranges: [...match.ranges], multiport: true } };
    case "destination-multiport":
      return { case: "destinationPorts", value: { ranges: [...match.ranges], multiport: true } };
    case "owner-uid":
      return { case: "ownerUid", value: match.ids };
    case "owner-gid":
      return { case: "ownerGid", value: match.ids };
    case "comment":
      return { case: "comment", value: match.text };
    case "source-set":
    case "destination-set":
    case "connection-state":
    case "unknown":
      return { case: "other", value: textOf(match, rule) };
  }
}

function textOf(match: Match, rule: Rule): string {
  return specification({ ...rule, matches: [match], target: { kind: "none" } }, "saved").trimStart();
}

type Action = NonNullable<MessageInitShape<typeof TargetSchema>["action"]>;

function action(target: Target): Action {
  switch (target.kind) {
    case "jump":
      return { case: "jump", value: target.chain };
    case "goto":
      return { case: "goTo", value: target.chain };
    case "return":
    case "accept":
    case "drop":
      return { case: target.kind, value: create(EmptySchema) };
    case "redirect":
      return { case: "redirect", value: { port: target.port } };
    case "dnat":
      return { case: "dnat", value: { address: addressText(target.address), port: target.port ?? 0 } };
    case "none":
      return { case: undefined };
    case "reject":
    case "source-nat":
    case "pass":
    case "unknown":
      return { case: "other", value: target.text };
  }
}

function addressText(address: DnatAddress): string {
  return address.kind === "literal" ? address.text : `$${address.variable}`;
}
