import assert from "node:assert/strict";
import { test } from "node:test";
import { fromJsonString } from "@bufbuild/protobuf";
import { PlanRequestSchema } from "../../src/gen/redirect/v1/plan_pb.ts";
import { createPlanner } from "../../src/plan.ts";
import { DIALECTS, type MeshConfig, type PlanOptions, type Pod } from "../../src/policy/inputs.ts";
import { provedPlan } from "../proof/proved-plan.ts";

const OPTIONS: PlanOptions = { dialect: "hardened" };

/** Names as kubectl prints them, where protobuf's names in TypeScript are others. */
const PRINTED: { readonly meshConfig: MeshConfig; readonly pod: Pod } = JSON.parse(`{
  "meshConfig": { "spec": {
    "traffic": {
      "outboundIPRangeExclusionList": ["1.1.1.1/32", "2.2.2.0/24"],
      "outboundIPRangeInclusionList": ["2.0.0.0/8"]
    },
    "sidecar": { "localDNSProxy": { "enable": true } }
  } },
  "pod": { "status": { "podIP": "10.0.0.7", "podIPs": [{ "ip": "10.0.0.7" }, { "ip": "fd00::7" }] } }
}`);

const DECODED: { readonly meshConfig: MeshConfig; readonly pod: Pod } = {
  meshConfig: {
    spec: {
      traffic: {
        outboundIpRangeExclusionList: ["1.1.1.1/32", "2.2.2.0/24"],
        outboundIpRangeInclusionList: ["2.0.0.0/8"],
      },
      sidecar: { localDnsProxy: { enable: true } },
    },
  },
  pod: { status: { podIp: "10.0.0.7", podIps: [{ ip: "10.0.0.7" }, { ip: "fd00::7" }] } },
};

test("resources are read in the names of kubectl as in those of the messages", () => {
  const printed = provedPlan({ ...PRINTED, options: OPTIONS });
  assert.equal(printed.kind, "planned");
  assert.match(printed.plan.script, /-d 2\.2\.2\.0\/24 -j RETURN/);
  assert.equal(printed.plan.policy.localDnsProxy, true);
  assert.equal(printed.plan.policy.podAddresses.length, 2);
  assert.deepEqual(printed, provedPlan({ ...DECODED, options: OPTIONS }));
});

test("a planner tells pods apart by addresses in the names of kubectl", () => {
  const planner = createPlanner({}, OPTIONS);
  const families = (pod: Pod) => {
    const outcome = planner.plan(pod);
    return outcome.kind === "planned" ? outcome.plan.policy.ipFamilies : outcome.kind;
  };
  assert.equal(families({ status: { podIP: "10.0.0.7" } }), "ipv4");
  assert.equal(families({ status: { podIP: "fd00::7" } }), "ipv6");
  assert.equal(families(PRINTED.pod), "dual");
});

/** Every field of an object of the mesh config or the pod, set to null, one resource a line. */
const NULLS = [
  { meshConfig: null, pod: null },
  { meshConfig: { spec: null }, pod: { metadata: null, spec: null, status: null } },
  { meshConfig: { spec: { traffic: null, sidecar: null } }, pod: { metadata: { annotations: null } } },
  {
    meshConfig: {
      spec: {
        traffic: {
          outboundIPRangeExclusionList: null,
          outboundIPRangeInclusionList: null,
          outboundPortExclusionList: null,
          inboundPortExclusionList: null,
          networkInterfaceExclusionList: null,
        },
        sidecar: {
          enablePrivilegedInitContainer: null,
          initContainerImage: null,
          localProxyMode: null,
          localDNSProxy: null,
        },
      },
    },
  },
  { meshConfig: { spec: { sidecar: { localDNSProxy: { enable: null } } } } },
  {
    pod: {
      spec: {
        hostNetwork: null,
        nodeSelector: null,
        os: null,
        securityContext: null,
        containers: null,
        initContainers: null,
      },
    },
  },
  { pod: { spec: { os: { name: null }, securityContext: { runAsUser: null } } } },
  { pod: { status: { podIP: null, podIPs: null } } },
  { pod: { status: { podIPs: [{ ip: null }] } } },
];

/** The same for what a pod has containers for. */
const NULLS_OF_CONTAINERS = [
  {
    name: null,
    ports: null,
    securityContext: null,
    livenessProbe: null,
    readinessProbe: null,
    startupProbe: null,
  },
  { securityContext: { runAsUser: null }, ports: [{ name: null, containerPort: null, protocol: null }] },
  { livenessProbe: { httpGet: null, tcpSocket: null, grpc: null } },
  { startupProbe: { grpc: { port: 1 }, tcpSocket: null } },
];

test("null is the same as an absent field", () => {
  for (const dialect of DIALECTS) {
    const options: PlanOptions = { dialect };
    for (const resources of NULLS) {
      const given = JSON.parse(JSON.stringify(resources));
      assert.deepEqual(provedPlan({ ...given, options }), provedPlan({ options }), JSON.stringify(resources));
    }
    const plain = provedPlan({ pod: { spec: { containers: [{}] } }, options });
    for (const container of NULLS_OF_CONTAINERS) {
      const pod = JSON.parse(JSON.stringify({ spec: { containers: [container] } }));
      assert.deepEqual(provedPlan({ pod, options }), plain, JSON.stringify(container));
    }
  }
});

test("an annotation of null is an empty one, which is refused", () => {
  const pod = JSON.parse(
    '{"metadata":{"annotations":{"openservicemesh.io/inbound-port-exclusion-list":null}}}',
  );
  const outcome = provedPlan({ pod });
  assert.deepEqual(outcome.kind === "refused" && outcome.findings.map(({ code }) => code)[0], "EMPTY_ITEM");
});

test("the list that kubectl prints without a name is no mesh config, in a message or as it is", () => {
  const json = `{"meshConfig":{"kind":"List","items":[{"spec":{"traffic":{"outboundPortExclusionList":[80]}}}]}}`;
  const message = fromJsonString(PlanRequestSchema, json, { ignoreUnknownFields: true });
  for (const { meshConfig } of [message, JSON.parse(json)]) {
    const outcome = provedPlan({ meshConfig, options: { enforcement: "report" } });
    assert.equal(outcome.kind, "refused");
    assert.deepEqual(outcome.findings.map(({ code, field, value }) => [code, field, value]).slice(0, 1), [
      ["WRONG_KIND", "meshConfig.kind", "List"],
    ]);
  }
});
