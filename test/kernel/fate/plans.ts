import fc from "fast-check";
import type { PodPlan } from "../../../src/plan.ts";
import { DIALECTS, type Dialect, type PlanInput, type ScriptFormat } from "../../../src/policy/inputs.ts";
import { profileOf } from "../../../src/policy/profile.ts";
import { provedPlan } from "../../proof/proved-plan.ts";
import type { Keeper } from "./back-end.ts";

/** The plan of an input that has one. */
export function planOf(input: PlanInput): PodPlan {
  const outcome = provedPlan(input);
  if (outcome.kind !== "planned") throw new Error(JSON.stringify(outcome));
  return outcome.plan;
}

/** Ranges inside those of the lab, ones that hold some of them and ones beside them. */
const RANGES = [
  "203.0.113.0/24",
  "203.0.113.0/27",
  "203.0.113.5/32",
  "203.0.113.4/31",
  "192.0.2.0/24",
  "192.0.2.64/26",
  "192.0.2.20/32",
  "198.51.100.0/24",
  "198.51.100.64/28",
  "127.0.0.0/8",
  "127.0.0.2/32",
  "0.0.0.0/1",
  "128.0.0.0/1",
  "192.0.2.10/32",
];
const IPV6_RANGES = ["2001:db8:2::/48", "2001:db8:2::5/128", "2001:db8::/32", "2001:db8:53::/64", "::1/128"];
const PORTS = [22, 53, 80, 443, 6379, 8080, 8081, 8082, 9090, 15000, 65535];
const INTERFACES = ["net1", "eth0", "net+", "eth1"];

const some = <T>(values: readonly T[], most = values.length): fc.Arbitrary<T[]> =>
  fc.shuffledSubarray([...values], { maxLength: most });

function trafficOf(dialect: Dialect) {
  const ranges = profileOf(dialect).families === "dual" ? [...RANGES, ...IPV6_RANGES] : RANGES;
  return fc.record(
    {
      outboundIpRangeExclusionList: some(ranges, 4),
      outboundIpRangeInclusionList: some(ranges, 3),
      outboundPortExclusionList: some(PORTS, 5),
      inboundPortExclusionList: some(PORTS, 5),
      networkInterfaceExclusionList: some(INTERFACES, 2),
    },
    { noNullPrototype: true },
  );
}

const lists = fc.record(
  {
    inboundSourceRangeExclusions: some([...RANGES, ...IPV6_RANGES], 3),
    inboundPortInclusions: some(["8080", "8000-8082", "443"], 2),
    outboundPortExclusions: some(["1-1023", "8080-8082", "22"], 2),
    excludedUids: some([0, 1001], 2),
    excludedGids: some([1337, 1000], 2),
  },
  { requiredKeys: [], noNullPrototype: true },
);

/** The forms of a dialect's script that a keeper of rules takes. */
function formatsFor(keeper: Keeper, dialect: Dialect): readonly ScriptFormat[] {
  if (keeper === "nft") return ["nftables"];
  return dialect === "hardened" ? ["restore"] : ["commands", "restore"];
}

/** Any input of a plan whose script a keeper takes, for any dialect. */
export function anyInput(keeper: Keeper): fc.Arbitrary<PlanInput> {
  return fc
    .constantFrom(...DIALECTS)
    .chain((dialect) =>
      fc.record(
        {
          dialect: fc.constant(dialect),
          format: fc.constantFrom(...formatsFor(keeper, dialect)),
          traffic: trafficOf(dialect),
          podIpMode: fc.boolean(),
          dns: fc.boolean(),
          known: fc.boolean(),
          lists,
        },
        { noNullPrototype: true },
      ),
    )
    .map(({ dialect, format, traffic, podIpMode, dns, known, lists: more }) => {
      const { knobs } = profileOf(dialect);
      const input: PlanInput = {
        meshConfig: {
          spec: {
            traffic,
            sidecar: {
              ...(podIpMode && { localProxyMode: "PodIP" }),
              ...(dns && { localDnsProxy: { enable: true } }),
            },
          },
        },
        ...(known && { pod: { status: { podIps: [{ ip: "192.0.2.10" }, { ip: "2001:db8::10" }] } } }),
        options: {
          ...(knobs.has("lists in options") && more),
          dialect,
          scriptFormat: format,
          // What a dialect has no rules for is told and left out.
          enforcement: "report",
        },
      };
      return input;
    })
    .filter((input) => provedPlan(input).kind === "planned");
}
