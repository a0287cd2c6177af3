import {
  type Chain,
  IpFamily,
  type Origin,
  OriginKind,
  type Rule,
} from "../../gen/redirect/v1/ruleset_pb.ts";
import type { Paint } from "./palette.ts";
import { printable } from "./printable.ts";

const HEADINGS = ["CHAIN", "#", "RULE", "FROM", "WHY"] as const;

/**
 * A table of rules, a line each, in the order in which the kernel asks them. Every line names its chain, so that `grep`
 * gives whole answers. A column for the family stands in front when there are two.
 */
export function ruleTable(chains: readonly Chain[], paint: Paint): string {
  const dualStack = new Set(chains.map(({ family }) => family)).size > 1;
  const rows = chains.flatMap((chain) =>
    chain.rules.map((rule, index) => [
      ...(dualStack ? [familyName(chain.family)] : []),
      chain.name,
      String(index + 1),
      ruleWithoutChain(rule, chain),
      printable(sources(rule)),
      rule.reason,
    ]),
  );
  const headings = dualStack ? ["FAMILY", ...HEADINGS] : [...HEADINGS];
  const widths = headings.map((heading, column) =>
    Math.max(heading.length, ...rows.map((row) => row[column]?.length ?? 0)),
  );
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd();
  return `${[paint("bold", line(headings)), ...rows.map(line)].join("\n")}\n`;
}

function familyName(family: IpFamily): string {
  switch (family) {
    case IpFamily.IPV4:
      return "IPv4";
    case IpFamily.IPV6:
      return "IPv6";
    default:
      return "";
  }
}

function ruleWithoutChain({ text }: Rule, { name }: Chain): string {
  const start = `-A ${name} `;
  return text.startsWith(start) ? text.slice(start.length) : text;
}

/** `outboundPortExclusionList[0,1] outbound-port-exclusion-list[1]`: the fields' own names, each with its positions. */
function sources({ origin, allOrigins }: Rule): string {
  const origins = allOrigins.length > 0 ? allOrigins : origin === undefined ? [] : [origin];
  const positions = new Map<string, number[]>();
  for (const each of origins) {
    const known = positions.get(sourceName(each)) ?? [];
    positions.set(sourceName(each), each.index === undefined ? known : [...known, each.index]);
  }
  return [...positions].map(([name, at]) => (at.length === 0 ? name : `${name}[${at.join(",")}]`)).join(" ");
}

function sourceName({ kind, field }: Origin): string {
  switch (kind) {
    case OriginKind.MESH_CONFIG:
    case OriginKind.POD:
    case OriginKind.OPTION:
      return field.split(".").at(-1) ?? field;
    case OriginKind.POD_ANNOTATION:
      return field.split("/").at(-1)?.replace(/"\]$/, "") ?? field;
    default:
      return "built in";
  }
}
