import {
  ConnectionStateSchema,
  Direction,
  type Packet,
  ProtocolSchema,
  type Step,
  type Trace,
} from "../../gen/redirect/v1/packet_pb.ts";
import { type Origin, OriginKind, type Rule, TableSchema } from "../../gen/redirect/v1/ruleset_pb.ts";
import { fateText, host } from "./disposition-text.ts";
import { enumWord } from "./enum-word.ts";
import type { Paint } from "./palette.ts";
import { printable } from "./printable.ts";

/** How a trace is shown. */
export interface TraceTextOptions {
  /** The packet as it was asked for. */
  readonly title: string;
  /** The file or flag behind a field of the request. */
  readonly locate: (field: string) => string;
  readonly paint: Paint;
}

/** How many inputs are told of a rule that has many, when none is known to be the one. */
const MAX_INPUTS = 3;

/** The trace of a packet for people: what became of it first, and then how, chain by chain. Ends in a newline. */
export function traceText(trace: Trace, { title, locate, paint }: TraceTextOptions): string {
  const { disposition, packet, steps, notModelled } = trace;
  if (disposition === undefined || packet === undefined)
    throw new Error("a trace tells a packet and its fate");
  const { words, style } = fateText(disposition);
  const decided = steps.findLast(({ matched, rule }) => matched && rule?.text === disposition.rule);
  return [
    paint("bold", printable(title)),
    `  ${packetText(packet)}`,
    `  ${paint("bold", paint(style, words))}`,
    ...(decided?.rule === undefined ? [] : decision(decided.rule, packet, locate)),
    ...notModelled.map(
      (text) => `  ${paint("red", "not modelled, and taken not to hold:")} ${printable(text)}`,
    ),
    "",
    ...stepLines(steps, decided, paint),
    "",
  ].join("\n");
}

/** A packet with everything that was left to its defaults. */
export function packetText({ direction, protocol, connectionState, owner, ...ends }: Packet): string {
  const [from, to] = [ends.source, ends.destination].map((end) => (end === undefined ? "?" : host(end)));
  const what = `${enumWord(ConnectionStateSchema, connectionState)} ${enumWord(ProtocolSchema, protocol)}`;
  const name = printable(ends.interface);
  if (direction === Direction.INBOUND) return `${what} in ${name} ${from} -> ${to}`;
  const sender = owner === undefined ? "no socket" : `uid ${owner.uid} gid ${owner.gid}`;
  return `${what} ${sender} -> ${to} from ${from} via ${name}`;
}

function decision(rule: Rule, packet: Packet, locate: TraceTextOptions["locate"]): readonly string[] {
  const why = rule.reason === "" ? [] : [`  because: ${printable(rule.reason)}`];
  return [`  by ${printable(rule.text)}`, ...why, ...inputLines(rule, packet, locate)];
}

/** The inputs behind a rule: the one that this packet met, where that can be told. */
function inputLines({ origin, allOrigins }: Rule, packet: Packet, locate: TraceTextOptions["locate"]) {
  const all = (allOrigins.length > 0 ? allOrigins : origin === undefined ? [] : [origin]).filter(
    ({ kind }) => kind !== OriginKind.BUILT_IN && kind !== OriginKind.UNSPECIFIED,
  );
  const met = all.filter(({ value }) => Number(value) === packet.destination?.port);
  const told = met.length > 0 ? met : all.slice(0, MAX_INPUTS);
  const more = met.length === 0 && all.length > MAX_INPUTS ? [`  and ${all.length - MAX_INPUTS} more`] : [];
  return [...told.map((each) => `  from ${inputText(each, locate)}`), ...more];
}

function inputText({ field, index, value }: Origin, locate: TraceTextOptions["locate"]): string {
  const path = index === undefined ? field : `${field}[${index}]`;
  return printable(`${locate(path)}: ${path}: ${value}`);
}

function stepLines(steps: readonly Step[], decided: Step | undefined, paint: Paint): readonly string[] {
  if (steps.length === 0) return ["  no rule is asked: no chain with rules stands on its way"];
  const lines: string[] = [];
  let last = "";
  for (const step of steps) {
    const place = `${enumWord(TableSchema, step.table)} ${printable(step.chain)}`;
    if (place !== last) lines.push(`  ${paint("cyan", place)}`);
    last = place;
    lines.push(stepLine(step, step === decided, paint));
  }
  return lines;
}

function stepLine(step: Step, decides: boolean, paint: Paint): string {
  const why = printable(step.reason);
  if (step.rule === undefined) return `        ${paint("dim", why)}`;
  const text = printable(withoutChain(step.rule.text, step.chain));
  const number = String((step.ruleIndex ?? 0) + 1).padStart(3);
  if (!step.matched) return paint("dim", `    - ${number} ${text}  (${why})`);
  const line = `    ${paint("green", "+")} ${number} ${decides ? paint("bold", text) : text}  (${why})`;
  return decides ? `${line} ${paint("bold", "<- decides")}` : line;
}

/** The chain stands above its rules. */
function withoutChain(text: string, chain: string): string {
  const start = `-A ${chain} `;
  return text.startsWith(start) ? text.slice(start.length) : text;
}
