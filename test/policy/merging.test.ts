import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { cidrInterval, formatCidr, parseCidr } from "../../src/net/cidr.ts";
import { buildPolicy } from "../../src/policy/build.ts";
import type { Dialect } from "../../src/policy/inputs.ts";

const PREFIX = "openservicemesh.io/";

function mergedPorts(mesh: readonly number[], pod: string | undefined, direction: "inbound" | "outbound") {
  const annotations = pod === undefined ? {} : { [`${PREFIX}${direction}-port-exclusion-list`]: pod };
  const { policy } = buildPolicy({
    meshConfig: { spec: { traffic: { [`${direction}PortExclusionList`]: mesh } } },
    pod: { metadata: { annotations } },
  });
  return policy[`${direction}PortExclusions`].map(({ range }) => range.first);
}

function mergedRanges(
  mesh: readonly string[],
  pod: readonly string[],
  dialect: Dialect,
  list: "Exclusion" | "Inclusion" = "Exclusion",
): readonly string[] {
  const key = `${PREFIX}outbound-ip-range-${list.toLowerCase()}-list`;
  const { policy } = buildPolicy({
    meshConfig: { spec: { traffic: { [`outboundIpRange${list}List`]: mesh } } },
    pod: { metadata: { annotations: pod.length === 0 ? {} : { [key]: pod.join(",") } } },
    options: { dialect },
  });
  return policy[`outboundRange${list}s`].map(({ text }) => text);
}

test("ports are merged with the mesh's first, then the pod's own", () => {
  for (const direction of ["inbound", "outbound"] as const) {
    assert.deepEqual(mergedPorts([6379, 8080], "6379, 7070", direction), [6379, 8080, 7070]);
    assert.deepEqual(mergedPorts([6379, 8080], undefined, direction), [6379, 8080]);
    assert.deepEqual(mergedPorts([], "7070,6379", direction), [7070, 6379]);
  }
});

test("the same port is one, between the lists and inside each, in any spelling", () => {
  assert.deepEqual(mergedPorts([80, 81, 80], "0081, +82, 82, 80", "outbound"), [80, 81, 82]);
});

test("a pod can add ports and never remove one", () => {
  const port = fc.integer({ min: 1, max: 65535 });
  fc.assert(
    fc.property(
      fc.array(port, { maxLength: 8 }),
      fc.array(port, { minLength: 1, maxLength: 8 }),
      (mesh, pod) => {
        const merged = mergedPorts(mesh, pod.join(","), "inbound");
        assert.deepEqual(merged, [...new Set([...mesh, ...pod])]);
      },
    ),
  );
});

test("ranges of OSM and FSM are merged with the pod's first, by their text", () => {
  for (const list of ["Exclusion", "Inclusion"] as const) {
    assert.deepEqual(
      mergedRanges(["1.1.1.1/32", "2.2.2.2/24"], ["3.3.3.3/32", "1.1.1.1/32"], "osm-v1.2", list),
      ["3.3.3.3/32", "1.1.1.1/32", "2.2.2.2/24"],
    );
    // The same addresses in another spelling stay two, since the mesh programs both.
    assert.deepEqual(mergedRanges(["2.2.2.0/24", "2.2.2.0/24"], ["2.2.2.2/24"], "osm-v1.2", list), [
      "2.2.2.2/24",
      "2.2.2.0/24",
    ]);
  }
});

test("ranges of the hardened dialect are canonical, sorted, and the fewest", () => {
  for (const list of ["Exclusion", "Inclusion"] as const) {
    assert.deepEqual(
      mergedRanges(
        ["fd00::/9", "2.2.2.2/24", "10.0.1.0/24"],
        ["10.0.0.0/24", "2.2.2.9/32", "FD80:0::/9"],
        "hardened",
        list,
      ),
      ["2.2.2.0/24", "10.0.0.0/23", "fd00::/8"],
    );
  }
});

test("a range of the hardened dialect has the origins of every entry it covers", () => {
  const { policy } = buildPolicy({
    meshConfig: { spec: { traffic: { outboundIpRangeExclusionList: ["10.0.1.0/24", "10.0.1.0/24"] } } },
    pod: {
      metadata: { annotations: { [`${PREFIX}outbound-ip-range-exclusion-list`]: "10.0.0.0/24,10.0.1.7/32" } },
    },
    options: { dialect: "hardened" },
  });
  const [only, ...others] = policy.outboundRangeExclusions;
  assert.deepEqual(others, []);
  assert.deepEqual(
    only?.origins.map(({ kind, index }) => [kind, index]),
    [
      ["pod-annotation", 0],
      ["pod-annotation", 1],
      ["mesh-config", 0],
      ["mesh-config", 1],
    ],
  );
});

test("merging ranges keeps exactly the addresses of both lists", () => {
  const range = fc
    .tuple(fc.integer({ min: 0, max: 15 }), fc.integer({ min: 28, max: 32 }))
    .map(([low, prefix]) => `10.0.0.${low}/${prefix}`);
  const addresses = (texts: readonly string[]): ReadonlySet<bigint> => {
    const held = new Set<bigint>();
    for (const text of texts) {
      const parsed = parseCidr(text);
      assert.ok(parsed.ok);
      const { start, end } = cidrInterval(parsed.value.cidr);
      for (let address = start; address < end; address++) held.add(address);
    }
    return held;
  };
  const list = fc.array(range, { maxLength: 6 });
  fc.assert(
    fc.property(list, list, fc.constantFrom<Dialect>("osm-v1.1", "hardened"), (mesh, pod, dialect) => {
      const merged = mergedRanges(mesh, pod, dialect);
      assert.deepEqual([...addresses(merged)].sort(), [...addresses([...mesh, ...pod])].sort());
      if (dialect === "hardened") {
        const canonical = merged.map((text) => {
          const parsed = parseCidr(text);
          return parsed.ok ? formatCidr(parsed.value.cidr) : "";
        });
        assert.deepEqual(merged, canonical);
      }
    }),
  );
});

test("interfaces are the mesh's list as it is, a repeat left out", () => {
  const { policy } = buildPolicy({
    meshConfig: { spec: { traffic: { networkInterfaceExclusionList: ["net2", "net1", "net2", "ppp+"] } } },
    options: { dialect: "osm-v1.2" },
  });
  assert.deepEqual(
    policy.interfaceExclusions.map(({ name, origins }) => [name, origins.length]),
    [
      ["net2", 2],
      ["net1", 1],
      ["ppp+", 1],
    ],
  );
});

test("an empty list of the mesh is no list", () => {
  const { policy, findings } = buildPolicy({
    meshConfig: {
      spec: {
        traffic: {
          outboundPortExclusionList: [],
          inboundPortExclusionList: [],
          outboundIpRangeExclusionList: [],
          outboundIpRangeInclusionList: [],
          networkInterfaceExclusionList: [],
        },
      },
    },
    options: { dialect: "osm-v0.8" },
  });
  assert.deepEqual(findings, []);
  assert.deepEqual(policy, buildPolicy({ options: { dialect: "osm-v0.8" } }).policy);
});

test("the order of annotation keys and of node labels changes nothing", () => {
  const annotations = {
    [`${PREFIX}outbound-port-exclusion-list`]: "80,80,x",
    [`${PREFIX}inbound-port-exclusion-list`]: "81,y",
    [`${PREFIX}outbound-ports-exclusion-list`]: "82",
    "flomesh.io/inbound-port-exclusion-list": "83",
    "a/inbound-port-exclusion-list": "84",
  };
  const nodeSelector = { "beta.kubernetes.io/os": "windows", "kubernetes.io/os": "windows" };
  const reversed = <T>(map: Record<string, T>) => Object.fromEntries(Object.entries(map).reverse());
  assert.deepEqual(
    buildPolicy({
      pod: {
        metadata: { annotations: reversed(annotations) },
        spec: { nodeSelector: reversed(nodeSelector) },
      },
    }),
    buildPolicy({ pod: { metadata: { annotations }, spec: { nodeSelector } } }),
  );
});
