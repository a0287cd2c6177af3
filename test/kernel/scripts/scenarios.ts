import type { PodPlan } from "../../../src/plan.ts";
import {
  DIALECTS,
  type Dialect,
  type PlanInput,
  type PlanOptions,
  SCRIPT_FORMATS,
  type ScriptFormat,
} from "../../../src/policy/inputs.ts";
import { type Knob, profileOf } from "../../../src/policy/profile.ts";
import { provedPlan } from "../../proof/proved-plan.ts";

/** Something that a plan can have. */
interface Feature {
  /** The settings that a dialect must have rules for. */
  readonly needs?: readonly Knob[];
  readonly input: PlanInput;
}

/** A plan, and what it is made from. */
export interface Scenario {
  readonly name: string;
  readonly dialect: Dialect;
  readonly format: ScriptFormat;
  readonly feature: string;
  /** Made when it is first asked for. */
  readonly plan: PodPlan;
}

const RANGES = ["10.96.0.0/12", "1.1.1.1/32", "2.2.2.2/24", "10.0.0.0/8", "0.0.0.0/1"];
const IPV6_RANGES = ["fd00:10:96::/108", "::ffff:1.2.3.4/128", "::/1", "2001:DB8::1/32"];

const traffic = (
  lists: NonNullable<NonNullable<PlanInput["meshConfig"]>["spec"]>["traffic"] & object,
): PlanInput => ({
  meshConfig: { spec: { traffic: lists } },
});
const options = (values: PlanOptions): PlanInput => ({ options: values });
const sidecar = (values: object): PlanInput => ({ meshConfig: { spec: { sidecar: values } } });

/** Every kind of rule that a dialect can have, each by an input that makes it. */
const FEATURES: Readonly<Record<string, Feature>> = {
  defaults: { input: {} },
  ranges: { input: traffic({ outboundIpRangeExclusionList: RANGES }) },
  "ranges of both families": {
    needs: ["lists in options"],
    input: traffic({ outboundIpRangeExclusionList: [...RANGES, ...IPV6_RANGES] }),
  },
  "every address": { input: traffic({ outboundIpRangeExclusionList: ["0.0.0.0/0"] }) },
  "outbound ports": {
    needs: ["outbound port exclusions"],
    input: traffic({ outboundPortExclusionList: [1, 80, 65535] }),
  },
  "inbound ports": {
    needs: ["inbound port exclusions"],
    input: traffic({ inboundPortExclusionList: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15] }),
  },
  inclusions: {
    needs: ["outbound range inclusions"],
    input: traffic({
      outboundIpRangeInclusionList: ["10.0.0.0/8", "0.0.0.0/0", "192.168.0.0/16"],
      outboundIpRangeExclusionList: ["10.1.0.0/16"],
    }),
  },
  interfaces: {
    needs: ["interface exclusions"],
    input: traffic({ networkInterfaceExclusionList: ["net1", "net+", "a.b-c_d", "abcdefghijklmno"] }),
  },
  "PodIP mode": { needs: ["PodIP mode"], input: sidecar({ localProxyMode: "PodIP" }) },
  "PodIP mode with the address in the request": {
    needs: ["PodIP mode", "lists in options"],
    input: {
      ...sidecar({ localProxyMode: "PodIP" }),
      pod: { status: { podIps: [{ ip: "10.244.0.7" }, { ip: "fd00:10:244::7" }] } },
    },
  },
  "local DNS proxy": {
    needs: ["local DNS proxy"],
    input: sidecar({ localDnsProxy: { enable: true } }),
  },
  "port ranges": {
    needs: ["port ranges"],
    input: options({
      outboundPortExclusions: Array.from(
        { length: 40 },
        (_, i) => `${1000 + 20 * i}-${1003 + (i % 3) + 20 * i}`,
      ),
      inboundPortExclusions: Array.from({ length: 20 }, (_, i) => `${2000 + 2 * i}`),
    }),
  },
  "inbound inclusions": {
    needs: ["lists in options"],
    input: options({ inboundPortInclusions: ["8080", "9000-9100"] }),
  },
  "sources and owners": {
    needs: ["lists in options"],
    input: options({
      inboundSourceRangeExclusions: ["192.0.2.0/24", "0.0.0.0/0", "2001:db8::/32"],
      excludedUids: [0, 1337, 4_294_967_294],
      excludedGids: [0, 1337],
    }),
  },
  comments: {
    needs: ["rule comments"],
    input: {
      ...traffic({ outboundIpRangeExclusionList: RANGES, networkInterfaceExclusionList: ["net1"] }),
      options: { ruleComments: true, excludedUids: [7] },
    },
  },
  "IPv4 alone": { needs: ["lists in options"], input: options({ ipFamilies: "ipv4" }) },
  "IPv6 alone": { needs: ["lists in options"], input: options({ ipFamilies: "ipv6" }) },
  "both families": { needs: ["lists in options"], input: options({ ipFamilies: "dual" }) },
};

/** A plan of every dialect in every format that it has, with every feature that it has rules for. */
export const SCENARIOS: readonly Scenario[] = DIALECTS.flatMap((dialect) =>
  SCRIPT_FORMATS.filter((format) => !(dialect === "hardened" && format === "commands")).flatMap((format) =>
    Object.entries(FEATURES)
      .filter(([, { needs = [] }]) => needs.every((knob) => profileOf(dialect).knobs.has(knob)))
      .map(([feature, { input }]) => scenario(dialect, format, feature, input)),
  ),
);

function scenario(dialect: Dialect, format: ScriptFormat, feature: string, input: PlanInput): Scenario {
  const name = `${dialect} ${format}: ${feature}`;
  let made: PodPlan | undefined;
  return {
    name,
    dialect,
    format,
    feature,
    get plan() {
      made ??= planned(name, {
        ...input,
        options: { ...input.options, dialect, scriptFormat: format },
      });
      return made;
    },
  };
}

function planned(name: string, input: PlanInput): PodPlan {
  const outcome = provedPlan(input);
  if (outcome.kind !== "planned") throw new Error(`${name}: ${JSON.stringify(outcome)}`);
  return outcome.plan;
}

/** What the cluster gives the init container. */
export const POD_ENVIRONMENT = {
  POD_IP: "10.244.0.7",
  POD_IPS: "10.244.0.7,fd00:10:244::7",
} as const;

/** The same as the scripts' own names for it. */
export const POD_ADDRESSES = {
  POD_IP: "10.244.0.7",
  POD_IPV4: "10.244.0.7",
  POD_IPV6: "fd00:10:244::7",
} as const;

/** A plan of the hardened dialect for both families. */
export function hardenedPlan(input: PlanInput, further: PlanOptions = {}): PodPlan {
  const options: PlanOptions = { dialect: "hardened", ipFamilies: "dual", ...further };
  return planned(JSON.stringify(options), { ...input, options });
}
