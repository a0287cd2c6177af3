import assert from "node:assert/strict";
import { test } from "node:test";
import { fromJsonString } from "@bufbuild/protobuf";
import { MeshConfigSchema } from "../src/gen/redirect/v1/mesh_config_pb.ts";
import { PodSchema } from "../src/gen/redirect/v1/pod_pb.ts";
import type { PodPlan } from "../src/plan.ts";
import type { MeshConfig, PlanInput, Pod } from "../src/policy/inputs.ts";
import { provedPlan } from "./proof/proved-plan.ts";

/** The `Args` of the init container on the page that describes OSM's redirection: one command a line. */
const DEMO = [
  "iptables -t nat -N PROXY_INBOUND",
  "iptables -t nat -N PROXY_IN_REDIRECT",
  "iptables -t nat -N PROXY_OUTPUT",
  "iptables -t nat -N PROXY_REDIRECT",
  "iptables -t nat -A PROXY_REDIRECT -p tcp -j REDIRECT --to-port 15001",
  "iptables -t nat -A PROXY_REDIRECT -p tcp --dport 15000 -j ACCEPT",
  "iptables -t nat -A OUTPUT -p tcp -j PROXY_OUTPUT",
  "iptables -t nat -A PROXY_OUTPUT -m owner --uid-owner 1500 -j RETURN",
  "iptables -t nat -A PROXY_OUTPUT -d 127.0.0.1/32 -j RETURN",
  "iptables -t nat -A PROXY_OUTPUT -j PROXY_REDIRECT",
  "iptables -t nat -A PROXY_IN_REDIRECT -p tcp -j REDIRECT --to-port 15003",
  "iptables -t nat -A PREROUTING -p tcp -j PROXY_INBOUND",
  "iptables -t nat -A PROXY_INBOUND -p tcp --dport 15010 -j RETURN",
  "iptables -t nat -A PROXY_INBOUND -p tcp --dport 15901 -j RETURN",
  "iptables -t nat -A PROXY_INBOUND -p tcp --dport 15902 -j RETURN",
  "iptables -t nat -A PROXY_INBOUND -p tcp --dport 15903 -j RETURN",
  "iptables -t nat -A PROXY_INBOUND -p tcp -j PROXY_IN_REDIRECT",
  "iptables -t nat -I PROXY_OUTPUT -d 54.91.118.50/32 -j RETURN",
];
const STATIC = DEMO.slice(0, -1);

function planOf(input: PlanInput): PodPlan {
  const outcome = provedPlan(input);
  assert.equal(outcome.kind, "planned");
  return outcome.plan;
}

function meshConfig(json: string): MeshConfig {
  return fromJsonString(MeshConfigSchema, json) as MeshConfig;
}

function pod(json: string): Pod {
  return fromJsonString(PodSchema, json, { ignoreUnknownFields: true }) as Pod;
}

test("the page's demo gives the page's command line, byte for byte", () => {
  const { script, initContainer, chains } = planOf({
    meshConfig: meshConfig('{"spec":{"traffic":{"outboundIPRangeExclusionList":["54.91.118.50/32"]}}}'),
  });
  assert.equal(script, DEMO.join(" && "));
  assert.deepEqual(initContainer.command, ["/bin/sh"]);
  assert.deepEqual(initContainer.args, ["-c", script]);
  assert.deepEqual(
    chains.map(({ name, rules }) => [name, rules.length]),
    [
      ["PREROUTING", 1],
      ["OUTPUT", 1],
      ["PROXY_INBOUND", 5],
      ["PROXY_IN_REDIRECT", 1],
      ["PROXY_OUTPUT", 4],
      ["PROXY_REDIRECT", 2],
    ],
  );
});

test("the page's range exclusions, as kubectl patches them, are inserted in their order", () => {
  const { script, chains } = planOf({
    meshConfig: meshConfig(
      '{"spec":{"traffic":{"outboundIPRangeExclusionList":["1.1.1.1/32", "2.2.2.2/24"]}}}',
    ),
  });
  const inserted = [
    "iptables -t nat -I PROXY_OUTPUT -d 1.1.1.1/32 -j RETURN",
    "iptables -t nat -I PROXY_OUTPUT -d 2.2.2.2/24 -j RETURN",
  ];
  assert.equal(script, [...STATIC, ...inserted].join(" && "));
  const output = chains.find(({ name }) => name === "PROXY_OUTPUT");
  assert.deepEqual(
    output?.rules.slice(0, 3).map(({ origins: [origin] }) => origin),
    [
      {
        kind: "mesh-config",
        field: "meshConfig.spec.traffic.outboundIPRangeExclusionList",
        index: 1,
        value: "2.2.2.2/24",
      },
      {
        kind: "mesh-config",
        field: "meshConfig.spec.traffic.outboundIPRangeExclusionList",
        index: 0,
        value: "1.1.1.1/32",
      },
      { kind: "built-in" },
    ],
  );
});

test("the page's port exclusions give one rule a direction, from the mesh config and from annotations alike", () => {
  const outbound = "iptables -t nat -I PROXY_OUTPUT -p tcp --match multiport --dports 6379,7070 -j RETURN";
  const inbound = "iptables -t nat -I PROXY_INBOUND -p tcp --match multiport --dports 6379,7070 -j RETURN";
  const inputs: [PlanInput, string][] = [
    [{ meshConfig: meshConfig('{"spec":{"traffic":{"outboundPortExclusionList":[6379, 7070]}}}') }, outbound],
    [{ meshConfig: meshConfig('{"spec":{"traffic":{"inboundPortExclusionList":[6379, 7070]}}}') }, inbound],
    [{ pod: annotated("outbound", "6379,7070") }, outbound],
    [{ pod: annotated("inbound", "6379,7070") }, inbound],
  ];
  for (const [input, rule] of inputs) assert.equal(planOf(input).script, [...STATIC, rule].join(" && "));
});

test("the ports of the pod come behind the mesh's, each once", () => {
  const mesh = meshConfig('{"spec":{"traffic":{"outboundPortExclusionList":[6379, 8080]}}}');
  const { script, chains } = planOf({ meshConfig: mesh, pod: annotated("outbound", "6379, 7070") });
  const rule = "iptables -t nat -I PROXY_OUTPUT -p tcp --match multiport --dports 6379,8080,7070 -j RETURN";
  assert.equal(script, [...STATIC, rule].join(" && "));
  const field = 'pod.metadata.annotations["openservicemesh.io/outbound-port-exclusion-list"]';
  assert.deepEqual(chains.find(({ name }) => name === "PROXY_OUTPUT")?.rules[0]?.origins, [
    {
      kind: "mesh-config",
      field: "meshConfig.spec.traffic.outboundPortExclusionList",
      index: 0,
      value: "6379",
    },
    { kind: "pod-annotation", field, index: 0, value: "6379" },
    {
      kind: "mesh-config",
      field: "meshConfig.spec.traffic.outboundPortExclusionList",
      index: 1,
      value: "8080",
    },
    { kind: "pod-annotation", field, index: 1, value: "7070" },
  ]);
});

test("the same input gives the same plan", () => {
  const input: PlanInput = { pod: annotated("inbound", "1,2,3"), options: { dialect: "osm-v1.2" } };
  assert.equal(JSON.stringify(planOf(input), bigintsAsText), JSON.stringify(planOf(input), bigintsAsText));
});

test("an empty input is a plan of all defaults", () => {
  assert.equal(planOf({}).script, STATIC.join(" && "));
  assert.deepEqual(planOf({ meshConfig: {}, pod: {}, options: {} }), planOf({}));
});

function annotated(direction: "inbound" | "outbound", ports: string): Pod {
  const annotations = { [`openservicemesh.io/${direction}-port-exclusion-list`]: ports };
  return pod(JSON.stringify({ apiVersion: "v1", kind: "Pod", metadata: { annotations } }));
}

function bigintsAsText(_: string, value: unknown): unknown {
  return typeof value === "bigint" ? String(value) : value;
}
