import assert from "node:assert/strict";
import { test } from "node:test";
import { FINDINGS, type FindingCode } from "../src/policy/finding.ts";
import type { PlanInput, TrafficSpec } from "../src/policy/inputs.ts";
import { provedPlan } from "./proof/proved-plan.ts";

const PREFIX = "openservicemesh.io/";
const MESH = "meshConfig.spec.traffic";
const annotation = (name: string) => `pod.metadata.annotations["${PREFIX}${name}"]`;

/** Bad values of many kinds in one request, as a hasty user would have them. */
const HASTY: PlanInput = {
  meshConfig: {
    spec: {
      traffic: {
        outboundPortExclusionList: [
          0,
          65536,
          -1,
          80.5,
          ...Array.from({ length: 16 }, (_, index) => index + 1),
        ],
        outboundIpRangeExclusionList: [
          "10.0.0.1",
          "10.0.0.0/33",
          "256.0.0.0/8",
          "010.0.0.0/8",
          "2001:db8::/32",
          "fe80::1%eth0/64",
          "1.1.1.1/32; reboot",
          "",
        ],
        networkInterfaceExclusionList: ["eth 0", "abcdefghijklmnop", "a/b", "$(id)", ".."],
      },
      sidecar: { initContainerImage: "init image", localProxyMode: "PodIP" },
    },
  },
  pod: {
    metadata: {
      annotations: {
        [`${PREFIX}outbound-port-exclusion-list`]: "http,0x50,8080:8090,",
        [`${PREFIX}inbound-port-exclusion-list`]: "",
        [`${PREFIX}outbound-ip-range-inclusion-list`]: "10.0.0.0/8",
      },
    },
    spec: {
      hostNetwork: true,
      os: { name: "windows" },
      securityContext: { runAsUser: 1500 },
      containers: [{ name: "web", ports: [{ containerPort: 15000 }], securityContext: { runAsUser: 1500 } }],
      initContainers: [{ name: "migrate", ports: [{ containerPort: 15903 }] }],
    },
  },
  options: { initContainerImagePullPolicy: "always" },
};

/** What each of them gets. */
const REFUSALS: readonly (readonly [code: FindingCode, field: string, message: RegExp])[] = [
  ["EMPTY_ITEM", `${annotation("outbound-port-exclusion-list")}[3]`, /'http,0x50,8080:8090,' is empty/],
  ["INVALID_PORT", `${MESH}.outboundPortExclusionList[0]`, /'0' .*not from 1 to 65535/],
  ["INVALID_PORT", `${MESH}.outboundPortExclusionList[1]`, /'65536' .*not from 1 to 65535/],
  ["INVALID_PORT", `${MESH}.outboundPortExclusionList[2]`, /'-1' .*not from 1 to 65535/],
  ["INVALID_PORT", `${MESH}.outboundPortExclusionList[3]`, /'80.5' .*not a whole decimal number/],
  ["INVALID_PORT", `${annotation("outbound-port-exclusion-list")}[0]`, /'http' .*not a whole decimal number/],
  ["INVALID_PORT", `${annotation("outbound-port-exclusion-list")}[1]`, /'0x50' .*not a whole decimal number/],
  ["INVALID_PORT", `${annotation("outbound-port-exclusion-list")}[2]`, /'8080:8090' .*not a whole decimal/],
  ["TOO_MANY_PORTS", annotation("outbound-port-exclusion-list"), /exclude 16 ports.* holds 15/],
  ["EMPTY_ITEM", `${annotation("inbound-port-exclusion-list")}[0]`, /'' is empty/],
  ["INVALID_CIDR", `${MESH}.outboundIPRangeExclusionList[0]`, /'10.0.0.1' .*prefix length is missing.* \/32/],
  ["INVALID_CIDR", `${MESH}.outboundIPRangeExclusionList[1]`, /'33' is not a number from 0 to 32/],
  ["INVALID_CIDR", `${MESH}.outboundIPRangeExclusionList[2]`, /'256' is over 255/],
  ["AMBIGUOUS_OCTET", `${MESH}.outboundIPRangeExclusionList[3]`, /'010' .*octal: 8.0.0.0/],
  ["IP_FAMILY_UNSUPPORTED", `${MESH}.outboundIPRangeExclusionList[4]`, /'2001:db8::\/32' .*IPv4 only/],
  ["INVALID_CIDR", `${MESH}.outboundIPRangeExclusionList[5]`, /zone/],
  ["INVALID_CIDR", `${MESH}.outboundIPRangeExclusionList[6]`, /'32; reboot' is not a number/],
  ["INVALID_CIDR", `${MESH}.outboundIPRangeExclusionList[7]`, /'' .*empty/],
  ["UNSUPPORTED_BY_DIALECT", annotation("outbound-ip-range-inclusion-list"), /OSM 0.11 .*inclusions/],
  ["INVALID_INTERFACE", `${MESH}.networkInterfaceExclusionList[0]`, /'eth 0' .*character/],
  ["INVALID_INTERFACE", `${MESH}.networkInterfaceExclusionList[1]`, /16 characters.* limit is 15/],
  ["INVALID_INTERFACE", `${MESH}.networkInterfaceExclusionList[2]`, /'a\/b' .*character/],
  ["INVALID_INTERFACE", `${MESH}.networkInterfaceExclusionList[3]`, /'\$\(id\)' .*character/],
  ["INVALID_INTERFACE", `${MESH}.networkInterfaceExclusionList[4]`, /'\.\.' .*kernel refuses/],
  ["UNSUPPORTED_BY_DIALECT", `${MESH}.networkInterfaceExclusionList`, /OSM 0.11 .*interface exclusions/],
  ["UNSUPPORTED_BY_DIALECT", "meshConfig.spec.sidecar.localProxyMode", /OSM 0.11 .*PodIP mode/],
  ["INVALID_IMAGE", "meshConfig.spec.sidecar.initContainerImage", /'init image' .*512 characters/],
  ["UNKNOWN_OPTION", "options.initContainerImagePullPolicy", /'always' .*Always, IfNotPresent, Never/],
  ["HOST_NETWORK", "pod.spec.hostNetwork", /node's network/],
  ["WINDOWS_POD", "pod.spec.os.name", /Windows/],
  ["RESERVED_UID_IN_USE", "pod.spec.securityContext.runAsUser", /The pod runs as UID 1500/],
  ["RESERVED_UID_IN_USE", "pod.spec.containers[0].securityContext.runAsUser", /'web' runs as UID 1500/],
  ["RESERVED_PORT_IN_USE", "pod.spec.containers[0].ports[0].containerPort", /'web' declares port 15000/],
  [
    "RESERVED_PORT_IN_USE",
    "pod.spec.initContainers[0].ports[0].containerPort",
    /'migrate' declares port 15903/,
  ],
];

test("all bad values of a request are refused at once, in a stable order, and there is no script", () => {
  const outcome = provedPlan(HASTY);
  assert.equal(outcome.kind, "refused");
  const errors = outcome.findings.filter(({ severity }) => severity === "error");
  assert.deepEqual(
    errors.map(({ code, field }) => [code, field]),
    REFUSALS.map(([code, field]) => [code, field]),
  );
  for (const [index, { message, remedy }] of errors.entries()) {
    assert.match(message, REFUSALS[index]?.[2] ?? /never/);
    assert.notEqual(remedy, "");
  }
  assert.ok(!("plan" in outcome));
  assert.deepEqual(provedPlan(structuredClone(HASTY)), outcome);
});

/** One bad value each, with the code that refuses it. */
const ALONE: readonly (readonly [FindingCode, PlanInput])[] = [
  ["INVALID_PORT", mesh({ outboundPortExclusionList: [70000] })],
  ["INVALID_PORT", mesh({ inboundPortExclusionList: [0] })],
  ["INVALID_PORT", annotated("outbound-port-exclusion-list", "80,x")],
  ["EMPTY_ITEM", annotated("inbound-port-exclusion-list", "80,")],
  ["EMPTY_ITEM", annotated("inbound-port-exclusion-list", " ")],
  ["INVALID_CIDR", mesh({ outboundIpRangeExclusionList: ["10.0.0.1"] })],
  ["INVALID_CIDR", mesh({ outboundIpRangeExclusionList: ["10.0.0.0/8 -j ACCEPT"] })],
  ["AMBIGUOUS_OCTET", mesh({ outboundIpRangeExclusionList: ["10.0.0.010/32"] })],
  ["IP_FAMILY_UNSUPPORTED", mesh({ outboundIpRangeExclusionList: ["::/0"] })],
  [
    "INVALID_INTERFACE",
    { ...mesh({ networkInterfaceExclusionList: ["-j"] }), options: { dialect: "osm-v1.2" } },
  ],
  ["UNSUPPORTED_BY_DIALECT", mesh({ networkInterfaceExclusionList: ["net1"] })],
  ["UNSUPPORTED_BY_DIALECT", annotated("outbound-ip-range-exclusion-list", "10.0.0.0/8")],
  ["UNSUPPORTED_BY_DIALECT", { meshConfig: { spec: { sidecar: { localProxyMode: "PodIP" } } } }],
  ["UNSUPPORTED_BY_DIALECT", { meshConfig: { spec: { sidecar: { localDnsProxy: { enable: true } } } } }],
  ["UNSUPPORTED_BY_DIALECT", { options: { outboundPortExclusions: ["80"] } }],
  ["UNSUPPORTED_BY_DIALECT", { options: { inboundPortInclusions: ["80"] } }],
  ["UNSUPPORTED_BY_DIALECT", { options: { inboundSourceRangeExclusions: ["10.0.0.0/8"] } }],
  ["UNSUPPORTED_BY_DIALECT", { options: { excludedUids: [1] } }],
  ["UNSUPPORTED_BY_DIALECT", { options: { excludedGids: [1] } }],
  ["UNSUPPORTED_BY_DIALECT", { options: { iptablesBackend: "legacy" } }],
  ["UNSUPPORTED_BY_DIALECT", { options: { ruleComments: true } }],
  ["TOO_MANY_PORTS", annotated("inbound-port-exclusion-list", "1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16")],
  ["TOO_MANY_ITEMS", annotated("inbound-port-exclusion-list", ",".repeat(100_000))],
  ["INVALID_IMAGE", { options: { initContainerImage: "init:v1; reboot" } }],
  ["UNKNOWN_OPTION", { options: { initContainerImagePullPolicy: "Sometimes" } }],
  ["HOST_NETWORK", { pod: { spec: { hostNetwork: true } } }],
  ["WINDOWS_POD", { pod: { spec: { os: { name: "windows" } } } }],
  ["WINDOWS_POD", { pod: { spec: { nodeSelector: { "beta.kubernetes.io/os": "windows" } } } }],
  ["RESERVED_PORT_IN_USE", { pod: { spec: { containers: [{ ports: [{ containerPort: 15001 }] }] } } }],
  ["RESERVED_UID_IN_USE", { pod: { spec: { securityContext: { runAsUser: 1500 } } } }],
  ["RESERVED_UID_IN_USE", { pod: { spec: { initContainers: [{ securityContext: { runAsUser: 1500 } }] } } }],
];

for (const [code, input] of ALONE) {
  test(`${code} refuses a request by itself: ${JSON.stringify(input).slice(0, 90)}`, () => {
    const strict = provedPlan(input);
    assert.equal(strict.kind, "refused");
    assert.deepEqual(
      strict.findings.filter(({ severity }) => severity === "error").map((finding) => finding.code),
      [code],
    );

    const reported = provedPlan({ ...input, options: { ...input.options, enforcement: "report" } });
    assert.equal(reported.kind, FINDINGS[code].reportable ? "planned" : "refused");
    const { findings } = reported.kind === "planned" ? reported.plan : reported;
    assert.ok(findings.some((finding) => finding.code === code));
  });
}

test("what a dialect has no rule for is reported and left out of the plan, never half in it", () => {
  const input = mesh({
    networkInterfaceExclusionList: ["net1"],
    outboundIpRangeInclusionList: ["10.0.0.0/8"],
  });
  const options: PlanInput["options"] = {
    enforcement: "report",
    inboundPortExclusions: ["80"],
    excludedUids: [1],
    iptablesBackend: "legacy",
    ruleComments: true,
  };
  const outcome = provedPlan({ ...input, options });
  assert.equal(outcome.kind, "planned");
  assert.deepEqual(outcome.plan.policy.interfaceExclusions, []);
  assert.deepEqual(outcome.plan.policy.outboundRangeInclusions, []);
  const empty = provedPlan({});
  assert.ok(empty.kind === "planned" && empty.plan.script === outcome.plan.script);
});

test("warnings and infos refuse nothing", () => {
  const outcome = provedPlan({
    ...mesh({
      outboundPortExclusionList: [80, 80, 15000],
      outboundIpRangeExclusionList: ["0.0.0.0/0", "1.2.3.4/8"],
    }),
    pod: {
      spec: {
        containers: [{ ports: [{ containerPort: 53, protocol: "UDP" }] }],
        initContainers: [{ name: "a" }],
      },
    },
  });
  assert.equal(outcome.kind, "planned");
  assert.ok(outcome.plan.findings.length > 8);
});

test("a container without a name is not taken for a sidecar without a name", () => {
  const pod = { spec: { containers: [{ name: "", ports: [{ containerPort: 15001 }] }] } };
  assert.equal(provedPlan({ pod, options: { sidecarContainerName: "" } }).kind, "refused");
});

function mesh(traffic: TrafficSpec): PlanInput {
  return { meshConfig: { spec: { traffic } } };
}

function annotated(name: string, value: string): PlanInput {
  return { pod: { metadata: { annotations: { [PREFIX + name]: value } } } };
}
