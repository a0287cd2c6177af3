import { formatCidr } from "../net/cidr.ts";
import { overlaps } from "../net/cidr-overlap.ts";
import { aggregate } from "../net/cidr-set.ts";
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

/** Ranges that exclude everything in a direction, each or all together. */
export function checkExclusions(
  entries: readonly RangeEntry[],
  direction: "inbound" | "outbound",
  findings: Finding[],
): void {
  const tell = ({ cidr, origins: [origin] }: RangeEntry, are: string) => {
    if (origin === undefined) return;
    findings.push(
      finding("EXCLUDES_EVERYTHING", {
        field: originPath(origin),
        value: origin.value,
        message: `${origin.value} ${are} every ${cidr.family === "ipv4" ? "IPv4" : "IPv6"} address: ${direction} interception is off`,
        remedy: "Exclude the ranges that are meant.",
      }),
    );
  };
  const whole = entries.filter(({ cidr }) => cidr.prefix === 0);
  for (const entry of whole) tell(entry, "is");
  for (const family of ["ipv4", "ipv6"] as const) {
    if (whole.some(({ cidr }) => cidr.family === family)) continue;
    const own = entries.filter(({ cidr }) => cidr.family === family);
    const [first] = own;
    if (first !== undefined && areEveryAddress(own)) tell(first, "and the other excluded ranges are");
  }
}

/** Whether ranges of one family leave nothing out. */
function areEveryAddress(entries: readonly RangeEntry[]): boolean {
  const share = entries.reduce((sum, { cidr }) => sum + 2 ** -cidr.prefix, 0);
  // Few lists come near it, and only those are worth the work. The sum may be rounded.
  return share > 0.99 && aggregate(entries.map(({ cidr }) => cidr))[0]?.prefix === 0;
}

/** What is set for a family that the plan has no rules for. */
export function checkFamilies(policy: Policy, findings: Finding[]): void {
  const { ipFamilies } = policy;
  if (ipFamilies === "dual") return;
  if (ipFamilies === "ipv6" && policy.localDnsProxy) {
    findings.push(
      finding("INPUT_WITHOUT_EFFECT", {
        field: "meshConfig.spec.sidecar.localDNSProxy.enable",
        value: "true",
        message: "The sidecar's DNS proxy is reached at 127.0.0.153, and the plan is for IPv6 alone",
        remedy: "Plan for both families with options.ipFamilies.",
      }),
    );
  }
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
