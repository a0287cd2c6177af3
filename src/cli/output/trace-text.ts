import type { Step, Trace } from "../../gen/redirect/v1/packet_pb.ts";
import { TableSchema } from "../../gen/redirect/v1/ruleset_pb.ts";
import { printable } from "../../policy/quote.ts";
import { decidingStep, decisionLines } from "./decision-text.ts";
import { enumWord } from "./enum-word.ts";
import { packetText } from "./packet-text.ts";
import type { Paint } from "./palette.ts";

/** How a trace is shown. */
export interface TraceTextOptions {
  /** The packet as it was asked for. */
  readonly title: string;
  /** The file or flag behind a field of the request. */
  readonly locate: (field: string) => string;
  readonly paint: Paint;
}

/** The trace of a packet for people: what became of it first, and then how, chain by chain. Ends in a newline. */
export function traceText(trace: Trace, { title, locate, paint }: TraceTextOptions): string {
  const { packet, steps, notModelled } = trace;
  if (packet === undefined) throw new Error("a trace tells its packet");
  return [
    paint("bold", printable(title)),
    `  ${packetText(packet)}`,
    ...decisionLines(trace, { locate, paint }).map((line) => `  ${line}`),
    ...notModelled.map((text) => `  ${paint("red", "not modelled:")} ${printable(text)}`),
    "",
    ...stepLines(steps, decidingStep(trace), paint),
    "",
  ].join("\n");
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
