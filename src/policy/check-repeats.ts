import { type InputOrigin, originPath } from "../origin.ts";
import { type Finding, finding } from "./finding.ts";

/** The inputs that give what an earlier one gives already, in any spelling. */
export function checkRepeats(
  entries: readonly { readonly origins: readonly InputOrigin[] }[],
  noun: "Port" | "Interface" | "User" | "Group",
  findings: Finding[],
): void {
  for (const { origins } of entries) {
    const [first, ...repeats] = origins;
    if (first === undefined) continue;
    for (const repeat of repeats) {
      findings.push(
        finding("DUPLICATE_ENTRY", {
          field: originPath(repeat),
          value: repeat.value,
          message: `${noun} ${repeat.value} is already given by ${originPath(first)}`,
          remedy: "Take one of them out.",
        }),
      );
    }
  }
}
