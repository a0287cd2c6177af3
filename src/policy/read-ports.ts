import { MAX_PORT, MIN_PORT, type PortError, parsePort } from "../net/port.ts";
import { originPath } from "../origin.ts";
import { type Finding, finding } from "./finding.ts";
import type { RawList } from "./lists.ts";
import type { PortEntry } from "./policy.ts";
import { quote } from "./quote.ts";

/** The ports of a list, in its order, repeats included. What is not a port becomes a finding. */
export function readPorts(list: RawList, findings: Finding[]): readonly PortEntry[] {
  const entries: PortEntry[] = [];
  for (const { text, origin } of list.items) {
    const port = parsePort(text);
    if (port.ok) {
      entries.push({ range: { first: port.value, last: port.value }, origins: [origin] });
      continue;
    }
    findings.push(
      finding("INVALID_PORT", {
        field: originPath(origin),
        value: quote(text),
        message: `Invalid port value '${quote(text)}' ${list.place}: ${why(port.error)}`,
        remedy: `Give a whole number from ${MIN_PORT} to ${MAX_PORT} in decimal digits.`,
      }),
    );
  }
  return entries;
}

function why(error: PortError): string {
  switch (error.kind) {
    case "empty":
      return "it is empty";
    case "too-long":
      return `it has ${error.length} characters, and at most ${error.limit} are read`;
    case "not-a-whole-number":
      return "it is not a whole decimal number";
    case "out-of-range":
      return `it is not from ${error.first} to ${error.last}`;
  }
}
