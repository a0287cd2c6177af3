import assert from "node:assert/strict";
import { test } from "node:test";
import { buildPolicy } from "../../src/policy/build.ts";
import type { PlanInput, TrafficSpec } from "../../src/policy/inputs.ts";
import { MAX_LIST_ITEMS } from "../../src/policy/lists.ts";
import { MAX_INTERFACES } from "../../src/policy/read-interfaces.ts";

/**
 * Far over what linear time takes on a slow machine, and far under what quadratic time takes on a fast one. Of the
 * processor, so that what else runs on the machine does not count.
 */
const LIMIT_MS = 10_000;

const PREFIX = "openservicemesh.io/";

function assertQuick(input: PlanInput): void {
  const took = processorTime(() => buildPolicy(input));
  assert.ok(took < LIMIT_MS, `took ${took.toFixed(0)} ms`);
}

/** In milliseconds. */
function processorTime(run: () => void): number {
  const before = process.cpuUsage();
  run();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

function many<T>(item: (index: number) => T, count = MAX_LIST_ITEMS): readonly T[] {
  return Array.from({ length: count }, (_, index) => item(index));
}

/** A range of its own for each index, with bits beyond its prefix. */
function range(index: number, prefix: number): string {
  return `${(index >> 16) + 10}.${(index >> 8) & 255}.${index & 255}.1/${prefix}`;
}

const LISTS: Readonly<Record<string, TrafficSpec>> = {
  "the same entry": {
    outboundPortExclusionList: many(() => 80),
    outboundIpRangeExclusionList: many(() => "10.0.0.0/8"),
    networkInterfaceExclusionList: many(() => "eth0", MAX_INTERFACES),
  },
  "different entries": {
    outboundPortExclusionList: many((index) => 1 + (index % 65535)),
    outboundIpRangeExclusionList: many((index) => range(index, 24)),
    networkInterfaceExclusionList: many((index) => `net${index}`, MAX_INTERFACES),
  },
  "ranges inside one another": {
    outboundIpRangeExclusionList: many((index) => range(index, 8 + (index % 25))),
  },
  "inclusions of everything that lose every exclusion": {
    outboundIpRangeExclusionList: many((index) => range(index, 32)),
    outboundIpRangeInclusionList: many((index) => range(index, 0)),
  },
  "bad entries": {
    inboundPortExclusionList: many(() => 0),
    outboundIpRangeExclusionList: many(() => "x"),
    networkInterfaceExclusionList: many(() => "", MAX_INTERFACES),
  },
};

for (const [what, traffic] of Object.entries(LISTS)) {
  test(`the longest lists are read quickly: ${what}`, () => {
    // The mesh's own dialects keep apart what means the same in other words; the hardened one aggregates.
    const dialect = traffic.outboundIpRangeInclusionList === undefined ? "hardened" : "osm-v1.2";
    assertQuick({ meshConfig: { spec: { traffic } }, options: { dialect } });
  });
}

test("the longest lists of port ranges are read quickly", () => {
  const ranges = many((index) => `${1 + (index % 60_000)}-${5000 + (index % 60_000)}`);
  assertQuick({
    options: { dialect: "hardened", inboundPortExclusions: ranges, inboundPortInclusions: ranges },
  });
});

test("annotations that are made to be slow are read quickly", () => {
  // Kubernetes lets all annotations of an object have 256 KiB together.
  const size = 262_144;
  const values = [
    ",".repeat(size),
    `a${" ".repeat(size)}a`,
    `${"\u3000".repeat(size)},`,
    "1".repeat(size),
    "0.".repeat(size),
  ];
  for (const value of values) {
    for (const name of ["outbound-port-exclusion-list", "outbound-ip-range-exclusion-list"]) {
      assertQuick({
        pod: { metadata: { annotations: { [PREFIX + name]: value } } },
        options: { dialect: "osm-v1.1" },
      });
    }
  }
  const keys = many((index) => [`${PREFIX}exclude-${"x".repeat(index % 50)}${index}/inclu`, "80"] as const);
  assertQuick({ pod: { metadata: { annotations: Object.fromEntries(keys) } } });
});

test("images that are made to be slow are read quickly", () => {
  const parts = ["a", "a-", "a--", "a.", "a_", "a__", "a/", "A", "A.", "a:", "a@", "0", "[a", "a.a/"];
  for (const part of parts) {
    for (const end of ["", "!", ":", "@", "/", "\n"]) {
      const initContainerImage = part.repeat(512).slice(0, 512 - end.length) + end;
      const took = processorTime(() => buildPolicy({ options: { initContainerImage } }));
      assert.ok(took < 1000, JSON.stringify(part + end));
    }
  }
});
