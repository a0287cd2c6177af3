import { formatCidr } from "../net/cidr.ts";
import { losses } from "../net/cidr-overlap.ts";
import { aggregate } from "../net/cidr-set.ts";
import { originPath } from "../origin.ts";
import { type Finding, finding } from "./finding.ts";
import type { Policy, RangeEntry } from "./policy.ts";

/** Most lost ranges that a message names. */
const NAMED = 3;

/** What is odd about the inclusions: one that is everything, and those that an exclusion takes away from. */
export function checkInclusions(
  inclusions: readonly RangeEntry[],
  exclusions: readonly RangeEntry[],
  findings: Finding[],
): void {
  if (inclusions.length === 0) return;
  const excluded = aggregate(exclusions.map(({ cidr }) => cidr));
  const lost = losses(
    inclusions.map(({ cidr }) => cidr),
    excluded,
  );
  inclusions.forEach(({ cidr, origins }, index) => {
    const origin = origins[0];
    if (origin === undefined) return;
    const at = { field: originPath(origin), value: origin.value };
    if (cidr.prefix === 0) {
      findings.push(
        finding("INCLUDES_EVERYTHING", {
          ...at,
          message: `${origin.value} is every ${cidr.family === "ipv4" ? "IPv4" : "IPv6"} address: for them the same as no inclusion list`,
          remedy: "Include the ranges that are meant, or take the list out.",
        }),
      );
    }
    const loss = lost[index];
    if (loss === undefined) return;
    const count = loss.to - loss.from;
    const named = excluded.slice(loss.from, loss.from + Math.min(count, NAMED)).map(formatCidr);
    const more = count > NAMED ? ` and ${count - NAMED} more` : "";
    findings.push(
      finding("INCLUDED_AND_EXCLUDED", {
        ...at,
        message: `${origin.value} is included, and ${loss.whole ? "all of it" : "a part of it"} is excluded (${named.join(", ")}${more}); exclusion wins`,
        remedy: "Take the range out of one of the two lists.",
      }),
    );
  });
}

/** A family that the plan has rules for, and of which the inclusion list names nothing. */
export function checkIncludedFamilies(
  { ipFamilies, outboundRangeInclusions }: Policy,
  findings: Finding[],
): void {
  const origin = outboundRangeInclusions[0]?.origins[0];
  if (origin === undefined) return;
  for (const family of ipFamilies === "dual" ? (["ipv4", "ipv6"] as const) : [ipFamilies]) {
    if (outboundRangeInclusions.some(({ cidr }) => cidr.family === family)) continue;
    const [name, all] = family === "ipv4" ? ["IPv4", "0.0.0.0/0"] : ["IPv6", "::/0"];
    findings.push(
      finding("FAMILY_NOT_INCLUDED", {
        field: originPath(origin),
        value: origin.value,
        message: `Ranges are included, and none of them is ${name}: all outbound ${name} traffic passes by the sidecar`,
        remedy: `Include the ${name} ranges that are meant, or ${all}. Nothing to do, if the pod has no ${name} address.`,
      }),
    );
  }
}
