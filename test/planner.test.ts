import assert from "node:assert/strict";
import { test } from "node:test";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import fc from "fast-check";
import { createPlanner } from "../src/plan.ts";
import { DIALECTS, type MeshConfig, type Pod } from "../src/policy/inputs.ts";
import { provedPlan } from "./proof/proved-plan.ts";

const MESH: MeshConfig = {
  spec: {
    traffic: {
      outboundPortExclusionList: [6379],
      outboundIpRangeExclusionList: ["10.0.0.0/8", "10.1.0.0/16"],
    },
    sidecar: { localProxyMode: "PodIP" },
  },
};

/** Values that are often the same, so that pods meet again what a planner has kept. */
const few = <T>(...values: readonly T[]) => fc.option(fc.constantFrom(...values), { nil: undefined });
const probe = few({ httpGet: {} }, { tcpSocket: {} }, {});
const pods: fc.Arbitrary<Pod> = fc
  .record({
    ports: few("80", "80,81", "x", ""),
    ranges: few("1.1.1.1/32", "::/0"),
    stray: few("80"),
    podIp: few("", "10.0.0.1", "fd00::1", "no address"),
    second: few("10.0.0.1", "fd00::1"),
    containers: fc.array(fc.record({ livenessProbe: probe, startupProbe: probe, uid: few(1500, 7) }), {
      maxLength: 2,
    }),
    hostNetwork: few(true, false),
  })
  .map(({ ports, ranges, stray, podIp, second, containers, hostNetwork }) =>
    JSON.parse(
      JSON.stringify({
        metadata: {
          annotations: {
            "openservicemesh.io/outbound-port-exclusion-list": ports,
            "flomesh.io/inbound-port-exclusion-list": ports,
            "openservicemesh.io/outbound-ip-range-exclusion-list": ranges,
            "openservicemesh.io/exclusion": stray,
          },
        },
        spec: {
          hostNetwork,
          containers: containers.map(({ uid, ...probes }) => ({
            ...probes,
            securityContext: { runAsUser: uid },
          })),
        },
        status: { podIp, podIps: second === undefined ? undefined : [{ ip: second }] },
      }),
    ),
  );

test("a planner says of every pod what a plan of that pod alone says, in whatever order pods come", () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...DIALECTS),
      fc.constantFrom("strict" as const, "report" as const),
      fc.array(pods, { minLength: 2, maxLength: 8 }),
      (dialect, enforcement, several) => {
        const options = { dialect, enforcement };
        const planner = createPlanner(MESH, options);
        for (const pod of [...several, ...several]) {
          assert.deepEqual(planner.plan(pod), provedPlan({ meshConfig: MESH, pod, options }));
        }
        assert.deepEqual(planner.plan(), provedPlan({ meshConfig: MESH, options }));
      },
    ),
    { numRuns: 60 },
  );
});

test("pods that each have another list of bad values do not fill the planner's memory", () => {
  setFlagsFromString("--expose-gc");
  const collect: () => void = runInNewContext("gc");
  const planner = createPlanner({});
  const used = (): number => {
    collect();
    return process.memoryUsage().heapUsed;
  };
  const before = used();
  for (let pod = 0; pod < 200; pod++) {
    const list = new Array<string>(1000).fill(`bad${pod}`).join(",");
    const annotations = { "openservicemesh.io/outbound-port-exclusion-list": list };
    assert.equal(planner.plan({ metadata: { annotations } }).kind, "refused");
  }
  const grown = (used() - before) / 1_000_000;
  assert.ok(grown < 20, `${grown.toFixed(0)} MB more`);
  assert.equal(planner.plan({}).kind, "planned");
});

test("what pods share is kept, and not given up for a pod with much to tell", () => {
  const planner = createPlanner({});
  const podWith = (udpPorts: number): Pod => {
    const ports = Array.from({ length: udpPorts }, () => ({ containerPort: 53, protocol: "UDP" }));
    return { spec: { containers: [{ name: "app", ports }] } };
  };
  const shared = planner.plan(podWith(0));
  planner.plan(podWith(1000));
  assert.equal(planner.plan(podWith(0)), shared);
});

test("an option that is none of its words is refused with the words that it can be, and null is its default", () => {
  const bad = {
    dialect: "osm-v0.12",
    scriptFormat: "nft",
    ipFamilies: "both",
    enforcement: "",
    iptablesBackend: 7,
  };
  const { findings } = refusedOf(JSON.stringify(bad));
  assert.deepEqual(
    findings.map(({ code, field, value }) => [code, field, value]),
    [
      ["UNKNOWN_OPTION", "options.dialect", "osm-v0.12"],
      ["UNKNOWN_OPTION", "options.scriptFormat", "nft"],
      ["UNKNOWN_OPTION", "options.enforcement", ""],
      ["UNKNOWN_OPTION", "options.ipFamilies", "both"],
      ["UNKNOWN_OPTION", "options.iptablesBackend", "7"],
    ],
  );
  assert.match(findings[3]?.message ?? "", /^'both' is none of ipv4, ipv6, dual$/);

  const absent = JSON.parse(
    JSON.stringify({ ...bad, ...OTHER_OPTIONS }, (_, value) => (typeof value === "object" ? value : null)),
  );
  assert.deepEqual(createPlanner(MESH, absent).plan(), createPlanner(MESH).plan());
});

const OTHER_OPTIONS = {
  initContainerImage: "",
  initContainerImagePullPolicy: "",
  sidecarContainerName: "",
  outboundPortExclusions: 0,
  inboundPortInclusions: 0,
  inboundSourceRangeExclusions: 0,
  excludedUids: 0,
  ruleComments: 0,
};

/** What a caller without types gets for the options of a JSON text, the same from a planner and in one call. */
function refusedOf(json: string) {
  const options = JSON.parse(json);
  const outcome = createPlanner(MESH, options).plan();
  assert.deepEqual(outcome, provedPlan({ meshConfig: MESH, options }));
  assert.equal(outcome.kind, "refused");
  return outcome;
}
