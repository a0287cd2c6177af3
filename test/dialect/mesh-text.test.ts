import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { DIALECTS, type Dialect } from "../../src/policy/inputs.ts";
import { type Knob, profileOf } from "../../src/policy/profile.ts";
import { provedPlan } from "../proof/proved-plan.ts";
import { type MeshSettings, meshText } from "./mesh-text.ts";

const range = fc
  .tuple(fc.nat(255), fc.nat(255), fc.nat(255), fc.nat(255), fc.nat(32))
  .map(([a, b, c, d, prefix]) => `${a}.${b}.${c}.${d}/${prefix}`);
const port = fc.integer({ min: 1, max: 65535 });
const settings: fc.Arbitrary<MeshSettings> = fc.record({
  ranges: fc.uniqueArray(range, { maxLength: 4 }),
  inclusions: fc.uniqueArray(range, { maxLength: 3 }),
  outboundPorts: fc.uniqueArray(port, { maxLength: 15 }),
  inboundPorts: fc.uniqueArray(port, { maxLength: 15 }),
  interfaces: fc.uniqueArray(fc.constantFrom("net1", "eth0", "vlan+", "a.b-c_d"), { maxLength: 3 }),
  podIpMode: fc.boolean(),
  dnsProxy: fc.boolean(),
});

/** The settings without those that the dialect has no rule for. */
function known(dialect: Dialect, all: MeshSettings): MeshSettings {
  const has = (knob: Knob): boolean => profileOf(dialect).knobs.has(knob);
  return {
    ranges: all.ranges,
    inclusions: has("outbound range inclusions") ? all.inclusions : [],
    outboundPorts: has("outbound port exclusions") ? all.outboundPorts : [],
    inboundPorts: has("inbound port exclusions") ? all.inboundPorts : [],
    interfaces: has("interface exclusions") ? all.interfaces : [],
    podIpMode: has("PodIP mode") && all.podIpMode,
    dnsProxy: has("local DNS proxy") && all.dnsProxy,
  };
}

for (const dialect of DIALECTS.filter((each) => each !== "hardened")) {
  test(`the script of ${dialect} is what the mesh writes, byte for byte, whatever is set`, () => {
    fc.assert(
      fc.property(settings, (all) => {
        const set = known(dialect, all);
        const outcome = provedPlan({
          meshConfig: {
            spec: {
              traffic: {
                outboundIpRangeExclusionList: set.ranges,
                outboundIpRangeInclusionList: set.inclusions,
                outboundPortExclusionList: set.outboundPorts,
                inboundPortExclusionList: set.inboundPorts,
                networkInterfaceExclusionList: set.interfaces,
              },
              sidecar: {
                localProxyMode: set.podIpMode ? "PodIP" : "",
                localDnsProxy: { enable: set.dnsProxy },
              },
            },
          },
          options: { dialect },
        });
        assert.equal(outcome.kind, "planned");
        assert.equal(outcome.plan.script, meshText(dialect, set));
      }),
    );
  });
}

test("the knobs of each dialect are those of its mesh version", () => {
  const knobs = DIALECTS.map((dialect) => [dialect, [...profileOf(dialect).knobs].length] as const);
  assert.deepEqual(Object.fromEntries(knobs.slice(0, -1)), {
    "osm-v0.8": 0,
    "osm-v0.11": 2,
    "osm-v1.0": 2,
    "osm-v1.1": 4,
    "osm-v1.2": 6,
    "fsm-v1.4": 7,
    "fsm-v1.5": 6,
  });
});
