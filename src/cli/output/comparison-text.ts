import type { CompareResponse, Difference } from "../../gen/redirect/v1/compare_pb.ts";
import type { Trace } from "../../gen/redirect/v1/packet_pb.ts";
import { printable } from "../../policy/quote.ts";
import type { SourcedRules } from "../input/sourced-rules.ts";
import { decisionLines } from "./decision-text.ts";
import { packetText } from "./packet-text.ts";
import type { Paint } from "./palette.ts";

/** How a comparison is shown. */
export interface ComparisonTextOptions {
  readonly before: Pick<SourcedRules, "title" | "locate">;
  readonly after: Pick<SourcedRules, "title" | "locate">;
  readonly paint: Paint;
}

/** Where two sets of rules differ, for people. Ends in a newline. */
export function comparisonText(response: CompareResponse, options: ComparisonTextOptions): string {
  const { equal, differences, differenceCount, notModelled } = response;
  const { before, after, paint } = options;
  const heading = equal
    ? paint("green", "equal: every packet fares the same")
    : paint(
        "red",
        `different: ${differenceCount} ${differenceCount === 1 ? "kind of packets fares" : "kinds of packets fare"} differently`,
      );
  return [
    paint("bold", heading),
    `  before  ${printable(before.title)}`,
    `  after   ${printable(after.title)}`,
    ...notModelled.map((text) =>
      paint("yellow", `  not modelled, and taken to be as it may: ${printable(text)}`),
    ),
    ...differences.flatMap((difference, index) => differenceLines(difference, index, options)),
    ...(differences.length < differenceCount
      ? ["", `and ${differenceCount - differences.length} more kinds`]
      : []),
    "",
  ].join("\n");
}

function differenceLines(
  { region, size, before, after }: Difference,
  index: number,
  options: ComparisonTextOptions,
): readonly string[] {
  const { paint } = options;
  const example = before?.packet === undefined ? "" : packetText(before.packet);
  return [
    "",
    `${paint("bold", `${index + 1}. ${printable(region)}`)} ${paint("dim", `(${magnitude(size)} packets)`)}`,
    `  such as ${example}`,
    ...fateLines("before", before, options),
    ...fateLines("after ", after, options),
  ];
}

function fateLines(
  label: string,
  trace: Trace | undefined,
  options: ComparisonTextOptions,
): readonly string[] {
  if (trace === undefined) return [];
  const { locate } = label === "before" ? options.before : options.after;
  const [fate = "", ...how] = decisionLines(trace, { locate, paint: options.paint });
  return [`  ${label}  ${fate}`, ...how.map((line) => `          ${line}`)];
}

/** A count that has up to a hundred digits: `about 10^44`. */
function magnitude(size: string): string {
  return size.length <= 6 ? size : `about 10^${size.length - 1}`;
}
