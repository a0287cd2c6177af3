import {
  MAX_PORT,
  MIN_PORT,
  type PortRange,
  type PortRangeError,
  parsePort,
  parsePortRange,
} from "../net/port.ts";
import type { Result } from "../net/result.ts";
import { originPath } from "../origin.ts";
import { type Finding, finding } from "./finding.ts";
import type { RawList } from "./lists.ts";
import type { PortEntry } from "./policy.ts";
import type { Profile } from "./profile.ts";
import { quote } from "./quote.ts";

/**
 * The ports of a list, in its order, repeats included. What is not a port becomes a finding. Ranges, `8000-8010`, are
 * read where the dialect has rules for them.
 */
export function readPorts(list: RawList, profile: Profile, findings: Finding[]): readonly PortEntry[] {
  const ranges = profile.knobs.has("port ranges");
  const entries: PortEntry[] = [];
  for (const { text, origin } of list.items) {
    const range = ranges ? parsePortRange(text) : onePort(text);
    if (range.ok) {
      entries.push({ range: range.value, origins: [origin] });
      continue;
    }
    findings.push(
      finding("INVALID_PORT", {
        field: originPath(origin),
        value: quote(text),
        message: `Invalid port value '${quote(text)}' ${list.place}: ${why(range.error)}`,
        remedy: `Give a whole number from ${MIN_PORT} to ${MAX_PORT} in decimal digits${ranges ? ", or a range such as 8000-8010" : ""}.`,
      }),
    );
  }
  return entries;
}

function onePort(text: string): Result<PortRange, PortRangeError> {
  const port = parsePort(text);
  return port.ok ? { ok: true, value: { first: port.value, last: port.value } } : port;
}

function why(error: PortRangeError): string {
  switch (error.kind) {
    case "empty":
      return "a number is missing";
    case "too-long":
      return `it has ${error.length} characters, and at most ${error.limit} are read`;
    case "not-a-whole-number":
      return "it is not a whole decimal number";
    case "out-of-range":
      return `it is not from ${error.first} to ${error.last}`;
    case "reversed":
      return `it runs backwards, from ${error.first} to ${error.last}`;
  }
}
