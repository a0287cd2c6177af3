import assert from "node:assert/strict";
import { test } from "node:test";
import { planPod } from "../src/plan.ts";
import type { Dialect, PlanInput, TrafficSpec } from "../src/policy/inputs.ts";
import { MAX_INTERFACES } from "../src/policy/read-interfaces.ts";

/**
 * Far over what time that grows with the lists takes on a slow machine, and under what it takes when it grows with their
 * square. Of the processor, so that what else runs on the machine does not count.
 */
const LIMIT_MS = 6000;

/** So many texts, one for each index. */
function texts(count: number, text: (index: number) => string): readonly string[] {
  return Array.from({ length: count }, (_, index) => text(index));
}

/** Networks of the size that a node's pods have, apart from one another. */
const NETWORKS = texts(20_000, (index) => `10.${index >> 8}.${index & 255}.0/24`);

/** As many ports as a pod's annotations can name, none beside another. */
const PORTS = texts(32_000, (index) => String(1 + 2 * index));

const CASES: readonly (readonly [what: string, dialect: Dialect, input: PlanInput])[] = [
  ["ranges that could hold the pod", "osm-v1.0", mesh({ outboundIpRangeExclusionList: NETWORKS })],
  ["ranges", "hardened", mesh({ outboundIpRangeExclusionList: NETWORKS })],
  [
    "ranges that are included and excluded",
    "osm-v1.2",
    mesh({
      outboundIpRangeExclusionList: NETWORKS.slice(0, 5000),
      outboundIpRangeInclusionList: NETWORKS.slice(0, 5000),
    }),
  ],
  [
    "interfaces",
    "hardened",
    mesh({ networkInterfaceExclusionList: texts(MAX_INTERFACES, (index) => `n${index}+`) }),
  ],
  [
    "ports of an annotation",
    "hardened",
    {
      pod: {
        metadata: { annotations: { "openservicemesh.io/outbound-port-exclusion-list": PORTS.join(",") } },
      },
    },
  ],
  [
    "ports that are included and excluded",
    "hardened",
    { options: { inboundPortInclusions: PORTS, inboundPortExclusions: PORTS } },
  ],
  [
    "every port from 8080 on",
    "hardened",
    { options: { outboundPortExclusions: texts(57_456, (index) => String(8080 + index)) } },
  ],
];

for (const [what, dialect, input] of CASES) {
  test(`a plan of ${dialect} with very many ${what} is made quickly`, () => {
    const before = process.cpuUsage();
    const { kind } = planPod({ ...input, options: { ...input.options, dialect, enforcement: "report" } });
    const { user, system } = process.cpuUsage(before);
    assert.equal(kind, "planned");
    assert.ok(user + system < LIMIT_MS * 1000, `took ${Math.round((user + system) / 1000)} ms`);
  });
}

function mesh(traffic: TrafficSpec): PlanInput {
  return { meshConfig: { spec: { traffic } } };
}
