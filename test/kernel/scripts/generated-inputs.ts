import fc from "fast-check";
import { formatCidr } from "../../../src/net/cidr.ts";
import { DIALECTS, type PlanInput, type PlanOptions, SCRIPT_FORMATS } from "../../../src/policy/inputs.ts";
import { profileOf } from "../../../src/policy/profile.ts";
import { hostileText, scatteredCidrs } from "../../net/arbitraries.ts";

const ports = fc.oneof(fc.integer({ min: 1, max: 65535 }), fc.constantFrom(1, 65535, 15000, 15010, 80));
const portLists = fc.uniqueArray(ports, { maxLength: 15 });
const ranges = fc.oneof(
  scatteredCidrs.map(formatCidr),
  fc.constantFrom(
    "0.0.0.0/0",
    "0.0.0.0/1",
    "255.255.255.255/32",
    "127.0.0.0/8",
    "10.0.0.7/8",
    "::/0",
    "::1/128",
  ),
);
const interfaces = fc.oneof(
  fc.stringMatching(/^[A-Za-z0-9_.]{1,14}$/),
  fc.constantFrom("eth+", "lo", "a".repeat(15), "net1.100", "wg-0"),
);
/** What no list takes: mixed in now and then, and then there must be no script. */
const hostile = fc.oneof({ weight: 19, arbitrary: fc.constant("") }, { weight: 1, arbitrary: hostileText });

const portRanges = fc.oneof(
  ports.map(String),
  fc.tuple(ports, ports).map(([a, b]) => `${Math.min(a, b)}-${Math.max(a, b)}`),
  fc.constantFrom("1-65535", "1-1", "65535-65535"),
);
const ids = fc.uniqueArray(
  fc.oneof(fc.integer({ min: 0, max: 4_294_967_294 }), fc.constantFrom(0, 1500, 4_294_967_294)),
  { maxLength: 4 },
);

/** What only the hardened dialect takes. Its port lists may hold more than one multiport rule can. */
const furtherOptions: fc.Arbitrary<PlanOptions> = fc.record({
  outboundPortExclusions: fc.array(portRanges, { maxLength: 40 }),
  inboundPortExclusions: fc.array(portRanges, { maxLength: 20 }),
  inboundPortInclusions: fc.array(portRanges, { maxLength: 3 }),
  inboundSourceRangeExclusions: fc.array(ranges, { maxLength: 4 }),
  excludedUids: ids,
  excludedGids: ids,
  ruleComments: fc.boolean(),
  ipFamilies: fc.constantFrom("ipv4", "ipv6", "dual"),
});

/** Inputs of every dialect in every format: valid ones at their boundaries for the most part, hostile ones among them. */
export const planInputs: fc.Arbitrary<PlanInput> = fc
  .record({
    dialect: fc.constantFrom(...DIALECTS),
    scriptFormat: fc.constantFrom(...SCRIPT_FORMATS),
    outbound: portLists,
    inbound: portLists,
    podPorts: fc.uniqueArray(ports, { maxLength: 4 }),
    excluded: fc.array(ranges, { maxLength: 6 }),
    included: fc.array(ranges, { maxLength: 4 }),
    interfaces: fc.uniqueArray(interfaces, { maxLength: 3 }),
    podIpMode: fc.boolean(),
    localDnsProxy: fc.boolean(),
    furtherOptions,
    hostile,
  })
  .map(({ dialect, scriptFormat, outbound, inbound, podPorts, excluded, included, ...rest }) => {
    const { annotationPrefix, families, knobs } = profileOf(dialect);
    const ofFamily = (list: readonly string[]) =>
      list.filter((text) => families === "dual" || !text.includes(":"));
    const hasPorts = knobs.has("outbound port exclusions");
    const list = podPorts.join(",");
    return {
      meshConfig: {
        spec: {
          traffic: {
            outboundIpRangeExclusionList: [...ofFamily(excluded), ...(rest.hostile ? [rest.hostile] : [])],
            outboundIpRangeInclusionList: knobs.has("outbound range inclusions") ? ofFamily(included) : [],
            outboundPortExclusionList: hasPorts ? outbound : [],
            inboundPortExclusionList: hasPorts ? inbound : [],
            networkInterfaceExclusionList: knobs.has("interface exclusions") ? rest.interfaces : [],
          },
          sidecar: {
            localProxyMode: knobs.has("PodIP mode") && rest.podIpMode ? "PodIP" : "Localhost",
            localDnsProxy: { enable: knobs.has("local DNS proxy") && rest.localDnsProxy },
          },
        },
      },
      pod: {
        metadata: {
          annotations:
            hasPorts && list !== "" ? { [`${annotationPrefix}inbound-port-exclusion-list`]: list } : {},
        },
      },
      options: {
        ...(knobs.has("lists in options") && rest.furtherOptions),
        dialect,
        scriptFormat,
      },
    };
  });
