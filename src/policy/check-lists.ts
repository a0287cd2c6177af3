import { formatCidr } from "../net/cidr.ts";
import { overlaps } from "../net/cidr-overlap.ts";
import { originPath } from "../origin.ts";
import { type Finding, finding } from "./finding.ts";
import type { Policy, PortEntry, RangeEntry } from "./policy.ts";
import { type Profile, reservedPorts } from "./profile.ts";
import { quote } from "./quote.ts";

/** What is odd about merged ports: repeats and reserved ports. */
export function checkPorts(entries: readonly PortEntry[], profile: Profile, findings: Finding[]): void {
  const reserved = reservedPorts(profile);
  for (const { range, origins } of entries) {
    const [first, ...repeats] = origins;
    if (first === undefined) continue;
    for (const repeat of repeats) {
      findings.push(
        finding("DUPLICATE_ENTRY", {
          field: originPath(repeat),
          value: repeat.value,
          message: `Port ${repeat.value} is already given by ${originPath(first)}`,
          remedy: "Take one of them out.",
        }),
      );
    }
    const listed = reserved.filter((port) => range.first <= port && port <= range.last);
    if (listed.length > 0) {
      findings.push(
        finding("RESERVED_PORT_LISTED", {
          field: originPath(first),
          value: first.value,
          message: `Port ${listed.join(", ")} is reserved for the sidecar, and this list leaves it alone`,
          remedy: `Take it out. The sidecar's ports are ${reserved.join(", ")}.`,
        }),
      );
    }
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
      value: quote(entries.map(({ range }) => range.first).join(",")),
      message: `The mesh and the pod together exclude ${entries.length} ports; ${profile.meshVersion} puts them into one multiport rule, which holds ${profile.portLimit}`,
      remedy: `Exclude at most ${profile.portLimit} ports, or plan with the dialect hardened, which splits the rule.`,
    }),
  );
}

/** What is odd about ranges before they are merged: repeats in any spelling, and ranges inside others. */
export function checkRanges(entries: readonly RangeEntry[], findings: Finding[]): void {
  const found = overlaps(entries.map(({ cidr }) => cidr));
  entries.forEach((entry, index) => {
    const overlap = found[index];
    const origin = entry.origins[0];
    if (overlap === undefined || origin === undefined) return;
    const at = { field: originPath(origin), value: origin.value };
    const equal = overlap.equalTo === undefined ? undefined : entries[overlap.equalTo];
    const outer = overlap.inside === undefined ? undefined : entries[overlap.inside];
    if (equal?.origins[0] !== undefined) {
      findings.push(
        finding("DUPLICATE_ENTRY", {
          ...at,
          message: `Range ${origin.value} is already given by ${originPath(equal.origins[0])}`,
          remedy: "Take one of them out.",
        }),
      );
    } else if (outer?.origins[0] !== undefined) {
      findings.push(
        finding("OVERLAPPING_RANGE", {
          ...at,
          message: `Range ${origin.value} lies inside ${formatCidr(outer.cidr)} of ${originPath(outer.origins[0])}`,
          remedy: "Take the inner range out; the outer one covers it.",
        }),
      );
    }
  });
}

/** Ranges that exclude everything. */
export function checkExclusions(entries: readonly RangeEntry[], findings: Finding[]): void {
  for (const { cidr, origins } of entries) {
    const origin = origins[0];
    if (cidr.prefix !== 0 || origin === undefined) continue;
    findings.push(
      finding("EXCLUDES_EVERYTHING", {
        field: originPath(origin),
        value: origin.value,
        message: `${origin.value} is every ${cidr.family === "ipv4" ? "IPv4" : "IPv6"} address: outbound interception is off`,
        remedy: "Exclude the ranges that are meant.",
      }),
    );
  }
}

/** Ranges of a family that the plan has no rules for. */
export function checkFamilies(policy: Policy, findings: Finding[]): void {
  const { ipFamilies } = policy;
  if (ipFamilies === "dual") return;
  const lists = [
    policy.outboundRangeExclusions,
    policy.outboundRangeInclusions,
    policy.inboundSourceRangeExclusions,
  ];
  for (const { cidr, origins } of lists.flat()) {
    const origin = origins[0];
    if (cidr.family === ipFamilies || origin === undefined) continue;
    findings.push(
      finding("INPUT_WITHOUT_EFFECT", {
        field: originPath(origin),
        value: quote(origin.value),
        message: `Range ${formatCidr(cidr)} has no effect: the plan is for ${ipFamilies === "ipv4" ? "IPv4" : "IPv6"} alone`,
        remedy:
          "Nothing to do, if the pod has no address of that family; else plan for both with options.ipFamilies.",
      }),
    );
  }
}
