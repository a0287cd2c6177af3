import {
  type PropertyResult,
  PropertyResult_Verdict,
  type UnreachableRule,
} from "../../gen/redirect/v1/proof_pb.ts";
import type { VerifyResponse } from "../../gen/redirect/v1/verify_pb.ts";
import { printable } from "../../policy/quote.ts";
import { type DecisionTextOptions, decisionLines } from "./decision-text.ts";
import { packetText } from "./packet-text.ts";
import type { Paint } from "./palette.ts";

/** How a proof is shown. */
export interface ProofTextOptions extends DecisionTextOptions {
  /** Whose rules these are: `dump.txt`. */
  readonly title: string;
}

/** What is proved of rules and what is refuted, for people. Ends in a newline. */
export function proofText(response: VerifyResponse, { title, ...options }: ProofTextOptions): string {
  const { holds, properties, unreachableRules, notModelled } = response;
  const { paint } = options;
  const refuted = properties.filter(({ verdict }) => verdict === PropertyResult_Verdict.REFUTED).length;
  const heading = holds
    ? paint("green", `holds: everything that is meant is proved of ${printable(title)}`)
    : paint(
        "red",
        `refuted: ${refuted} of ${properties.length} properties do not hold for ${printable(title)}`,
      );
  return [
    paint("bold", heading),
    ...properties.flatMap((property) => propertyLines(property, options)),
    ...(unreachableRules.length > 0 ? ["", paint("bold", "rules that no packet reaches")] : []),
    ...unreachableRules.map((rule) => unreachableLine(rule, paint)),
    ...notModelled.map((text) => paint("yellow", `not modelled: ${printable(text)}`)),
    "",
  ].join("\n");
}

function propertyLines(
  { verdict, description, counterexample }: PropertyResult,
  { locate, paint }: DecisionTextOptions,
): readonly string[] {
  const words = printable(description.replace(/: (?:not so for the packet|there is no such packet).*/, ""));
  switch (verdict) {
    case PropertyResult_Verdict.PROVED:
      return [`  ${paint("green", "+")} ${words}`];
    case PropertyResult_Verdict.REFUTED: {
      const example =
        counterexample?.packet === undefined
          ? []
          : [`but ${packetText(counterexample.packet)}`, ...decisionLines(counterexample, { locate, paint })];
      return [`  ${paint("red", "-")} ${words}`, ...example.map((line) => `      ${line}`)];
    }
    // The service gives no other number than those above and NOT_APPLICABLE.
    default:
      return [paint("dim", `    ${words} (there is no such packet)`)];
  }
}

function unreachableLine({ text, reason }: UnreachableRule, paint: Paint): string {
  return `    ${printable(text)}  ${paint("dim", `(${printable(reason)})`)}`;
}
