import { MAX_PORT, MIN_PORT, type PortRange } from "../net/port.ts";
import { compactRanges } from "../net/port-set.ts";
import { originPath } from "../origin.ts";
import { checkRepeats } from "./check-repeats.ts";
import { type Finding, finding } from "./finding.ts";
import type { PortEntry } from "./policy.ts";
import type { Profile } from "./profile.ts";
import { quote } from "./quote.ts";

/** Most lost ranges that a message names. */
const NAMED = 3;

/** What is odd about merged port exclusions: repeats, ranges inside others, reserved ports, and every port. */
export function checkPortExclusions(
  entries: readonly PortEntry[],
  direction: "inbound" | "outbound",
  profile: Profile,
  findings: Finding[],
): void {
  checkRepeats(entries, "Port", findings);
  checkOverlaps(entries, findings);
  checkTogether(entries, direction, findings);
  const { reservedPorts: reserved } = profile;
  for (const { range, origins } of entries) {
    const origin = origins[0];
    if (origin === undefined) continue;
    const at = { field: originPath(origin), value: origin.value };
    const listed = reserved.filter((port) => range.first <= port && port <= range.last);
    if (isEvery(range)) {
      findings.push(
        finding("EXCLUDES_EVERYTHING", {
          ...at,
          message: `${origin.value} is every port: ${direction} interception is off`,
          remedy: "Exclude the ports that are meant.",
        }),
      );
    } else if (listed.length > 0) {
      findings.push(
        finding("RESERVED_PORT_LISTED", {
          ...at,
          message: `Port ${listed.join(", ")} is reserved for the sidecar, and this list leaves it alone`,
          remedy: `Take it out. The sidecar's ports are ${reserved.join(", ")}.`,
        }),
      );
    }
  }
}

/** Exclusions none of which is every port, but all of which are together. */
function checkTogether(
  entries: readonly PortEntry[],
  direction: "inbound" | "outbound",
  findings: Finding[],
): void {
  const origin = entries[0]?.origins[0];
  if (origin === undefined || entries.some(({ range }) => isEvery(range))) return;
  const [all] = compactRanges(entries.map(({ range }) => range));
  if (all === undefined || !isEvery(all)) return;
  findings.push(
    finding("EXCLUDES_EVERYTHING", {
      field: originPath(origin),
      value: origin.value,
      message: `${origin.value} and the other excluded ports are every port: ${direction} interception is off`,
      remedy: "Exclude the ports that are meant.",
    }),
  );
}

/** What is odd about merged port inclusions: repeats, ranges inside others, every port, and what exclusions take away. */
export function checkPortInclusions(
  inclusions: readonly PortEntry[],
  exclusions: readonly PortEntry[],
  findings: Finding[],
): void {
  checkRepeats(inclusions, "Port", findings);
  checkOverlaps(inclusions, findings);
  const excluded = compactRanges(exclusions.map(({ range }) => range));
  for (const { range, origins } of inclusions) {
    const origin = origins[0];
    if (origin === undefined) continue;
    const at = { field: originPath(origin), value: origin.value };
    if (isEvery(range)) {
      findings.push(
        finding("INCLUDES_EVERYTHING", {
          ...at,
          message: `${origin.value} is every port: the same as no inclusion list`,
          remedy: "Include the ports that are meant, or take the list out.",
        }),
      );
    }
    const from = countWhile(excluded, ({ last }) => last < range.first);
    const to = countWhile(excluded, ({ first }) => first <= range.last);
    const only = excluded[from];
    if (only === undefined || from === to) continue;
    const whole = only.first <= range.first && range.last <= only.last;
    const named = excluded.slice(from, Math.min(to, from + NAMED)).map(rangeText);
    const more = to - from > NAMED ? ` and ${to - from - NAMED} more` : "";
    findings.push(
      finding("INCLUDED_AND_EXCLUDED", {
        ...at,
        message: `Port ${origin.value} is included, and ${whole ? "all of it" : "a part of it"} is excluded (${named.join(", ")}${more}); exclusion wins`,
        remedy: "Take the port out of one of the two lists.",
      }),
    );
  }
}

/** More merged ports than the one multiport rule of the dialect can hold. */
export function checkPortCount(
  entries: readonly PortEntry[],
  field: string,
  profile: Profile,
  findings: Finding[],
): void {
  if (entries.length <= profile.portLimit) return;
  findings.push(
    finding("TOO_MANY_PORTS", {
      field,
      value: quote(entries.map(({ range }) => rangeText(range)).join(",")),
      message: `The mesh and the pod together exclude ${entries.length} ports; ${profile.meshVersion} puts them into one multiport rule, which holds ${profile.portLimit}`,
      remedy: `Exclude at most ${profile.portLimit} ports, or plan with the dialect hardened, which splits the rule.`,
    }),
  );
}

function checkOverlaps(entries: readonly PortEntry[], findings: Finding[]): void {
  const outer = outerEntries(entries);
  for (const entry of entries) {
    const origin = entry.origins[0];
    const around = outer.get(entry)?.origins[0];
    if (origin === undefined || around === undefined) continue;
    findings.push(
      finding("OVERLAPPING_RANGE", {
        field: originPath(origin),
        value: origin.value,
        message: `Port ${origin.value} lies inside ${around.value} of ${originPath(around)}`,
        remedy: "Take the inner one out; the outer one covers it.",
      }),
    );
  }
}

/** For each entry that lies inside another, one that it lies inside of. No two entries are the same range. */
function outerEntries(entries: readonly PortEntry[]): ReadonlyMap<PortEntry, PortEntry> {
  const outer = new Map<PortEntry, PortEntry>();
  let widest: PortEntry | undefined;
  const sorted = entries.toSorted((a, b) => a.range.first - b.range.first || b.range.last - a.range.last);
  for (const entry of sorted) {
    if (widest !== undefined && entry.range.last <= widest.range.last) outer.set(entry, widest);
    else widest = entry;
  }
  return outer;
}

function isEvery({ first, last }: PortRange): boolean {
  return first === MIN_PORT && last === MAX_PORT;
}

function rangeText({ first, last }: PortRange): string {
  return first === last ? String(first) : `${first}-${last}`;
}

/** How many of the sorted ranges, from the first on, are so. */
function countWhile(ranges: readonly PortRange[], holds: (range: PortRange) => boolean): number {
  let low = 0;
  let high = ranges.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const range = ranges[middle];
    if (range !== undefined && holds(range)) low = middle + 1;
    else high = middle;
  }
  return low;
}
