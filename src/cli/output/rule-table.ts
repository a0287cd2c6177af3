import {
  type Chain,
  IpFamily,
  type Origin,
  OriginKind,
  type Rule,
} from "../../gen/redirect/v1/ruleset_pb.ts";
import { printable } from "../../policy/quote.ts";
import type { Paint } from "./palette.ts";

/** How a table of rules is laid out. */
export interface RuleTableOptions {
  readonly paint: Paint;
  /** How wide it may be, in characters. Default: as wide as it takes. */
  readonly columns?: number | undefined;
}

/**
 * A table of rules in the order in which the kernel asks them, a line each, which names its chain, so that `grep` gives
 * whole answers. A column for the family stands in front when there are two. Where the lines would not fit, the input behind
 * a rule and its reason stand on a line of their own below it.
 */
export function ruleTable(
  chains: readonly Chain[],
  { paint, columns = Number.POSITIVE_INFINITY }: RuleTableOptions,
): string {
  const dualStack = new Set(chains.map(({ family }) => family)).size > 1;
  const rows = chains.flatMap((chain) =>
    chain.rules.map((rule, index) => ({
      rule: [
        ...(dualStack ? [familyName(chain.family)] : []),
        chain.name,
        String(index + 1),
        ruleWithoutChain(rule, chain),
      ],
      about: [printable(sources(rule)), rule.reason],
    })),
  );
  const headings = { rule: [...(dualStack ? ["FAMILY"] : []), "CHAIN", "#", "RULE"], about: ["FROM", "WHY"] };
  const wide = aligned([headings, ...rows].map(({ rule, about }) => [...rule, ...about]));
  if (wide.every((line) => line.length <= columns))
    return lines([paint("bold", wide[0] ?? ""), ...wide.slice(1)]);

  const [heading = "", ...narrow] = aligned([headings, ...rows].map(({ rule }) => rule));
  const below = ({ about: [from, why] }: (typeof rows)[number]): string =>
    paint("dim", `    ${why} (${from})`);
  return lines([paint("bold", heading), ...rows.flatMap((row, index) => [narrow[index] ?? "", below(row)])]);
}

function aligned(rows: readonly (readonly string[])[]): readonly string[] {
  const widths = rows.reduce<readonly number[]>(
    (widest, row) => row.map((cell, column) => Math.max(cell.length, widest[column] ?? 0)),
    [],
  );
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd(),
  );
}

function lines(all: readonly string[]): string {
  return `${all.join("\n")}\n`;
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
