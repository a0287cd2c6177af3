import type { Packet, Step, Trace } from "../../gen/redirect/v1/packet_pb.ts";
import { type Origin, OriginKind, type Rule } from "../../gen/redirect/v1/ruleset_pb.ts";
import { printable } from "../../policy/quote.ts";
import { fateText } from "./disposition-text.ts";
import type { Paint } from "./palette.ts";

/** How a decision is shown. */
export interface DecisionTextOptions {
  /** The file or flag behind a field of the request. */
  readonly locate: (field: string) => string;
  readonly paint: Paint;
}

/** How many inputs are told of a rule that has many, when none is known to be the one. */
const MAX_INPUTS = 3;

/** What became of a packet, by which rule, why, and from which inputs: a line each. */
export function decisionLines(trace: Trace, { locate, paint }: DecisionTextOptions): readonly string[] {
  const { disposition, packet } = trace;
  if (disposition === undefined || packet === undefined)
    throw new Error("a trace tells a packet and its fate");
  const { words, style } = fateText(disposition);
  const rule = decidingStep(trace)?.rule;
  return [paint("bold", paint(style, words)), ...(rule === undefined ? [] : ruleLines(rule, packet, locate))];
}

/** The step at which it was decided what becomes of the packet; undefined when no rule decided. */
export function decidingStep({ steps, disposition }: Trace): Step | undefined {
  return steps.findLast(({ matched, rule }) => matched && rule?.text === disposition?.rule);
}

function ruleLines(rule: Rule, packet: Packet, locate: DecisionTextOptions["locate"]): readonly string[] {
  const why = rule.reason === "" ? [] : [`because: ${printable(rule.reason)}`];
  return [`by ${printable(rule.text)}`, ...why, ...inputLines(rule, packet, locate)];
}

/** The inputs behind a rule: the one that this packet met, where that can be told. */
function inputLines({ origin, allOrigins }: Rule, packet: Packet, locate: DecisionTextOptions["locate"]) {
  const all = (allOrigins.length > 0 ? allOrigins : origin === undefined ? [] : [origin]).filter(
    ({ kind }) => kind !== OriginKind.BUILT_IN && kind !== OriginKind.UNSPECIFIED,
  );
  const met = all.filter(({ value }) => Number(value) === packet.destination?.port);
  const told = met.length > 0 ? met : all.slice(0, MAX_INPUTS);
  const more = met.length === 0 && all.length > MAX_INPUTS ? [`and ${all.length - MAX_INPUTS} more`] : [];
  return [...told.map((each) => `from ${inputText(each, locate)}`), ...more];
}

function inputText({ field, index, value }: Origin, locate: DecisionTextOptions["locate"]): string {
  const path = index === undefined ? field : `${field}[${index}]`;
  return printable(`${locate(path)}: ${path}: ${value}`);
}
