import { formatCidr } from "../net/cidr.ts";
import { overlaps } from "../net/cidr-overlap.ts";
import { originPath } from "../origin.ts";
import { type Finding, finding } from "./finding.ts";
import type { Policy, RangeEntry } from "./policy.ts";
import { quote } from "./quote.ts";

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

/** Ranges that exclude everything in a direction. */
export function checkExclusions(
  entries: readonly RangeEntry[],
  direction: "inbound" | "outbound",
  findings: Finding[],
): void {
  for (const { cidr, origins } of entries) {
    const origin = origins[0];
    if (cidr.prefix !== 0 || origin === undefined) continue;
    findings.push(
      finding("EXCLUDES_EVERYTHING", {
        field: originPath(origin),
        value: origin.value,
        message: `${origin.value} is every ${cidr.family === "ipv4" ? "IPv4" : "IPv6"} address: ${direction} interception is off`,
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
