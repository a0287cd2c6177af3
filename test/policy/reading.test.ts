import assert from "node:assert/strict";
import { test } from "node:test";
import { buildPolicy } from "../../src/policy/build.ts";
import { checkPod } from "../../src/policy/check-pod.ts";
import { DIALECTS, type Dialect, type MeshConfig } from "../../src/policy/inputs.ts";
import { MAX_LIST_ITEMS } from "../../src/policy/lists.ts";

const OUTBOUND_PORTS = "openservicemesh.io/outbound-port-exclusion-list";
const OUTBOUND_RANGES = "openservicemesh.io/outbound-ip-range-exclusion-list";

/** What annotations of a pod are read as, by a dialect that has a rule for every list. */
function readAnnotations(annotations: Record<string, string>, dialect: Dialect = "osm-v1.2") {
  const pod = { metadata: { annotations } };
  const { policy, findings } = buildPolicy({ pod, options: { dialect } });
  return { policy, findings: [...findings, ...checkPod(pod, policy, {})] };
}

function readMesh(meshConfig: MeshConfig, dialect: Dialect = "osm-v1.2") {
  return buildPolicy({ meshConfig, options: { dialect } });
}

function outboundPorts({ policy }: ReturnType<typeof buildPolicy>): readonly number[] {
  return policy.outboundPortExclusions.map(({ range }) => range.first);
}

test("an annotation is split at commas and white space around its items is left out", () => {
  for (const space of ["", " ", "\t", "\n", "\r\n", "\u0085", "\u00a0", "\u2003", "\u3000", " \u2028 "]) {
    const read = readAnnotations({ [OUTBOUND_PORTS]: `${space}80${space},${space}443${space}` });
    assert.deepEqual(outboundPorts(read), [80, 443], JSON.stringify(space));
    assert.deepEqual(read.findings, []);
  }
});

test("what Go takes for no white space is part of the item", () => {
  for (const mark of ["\ufeff", "\u200b", "\u2060", "\0"]) {
    const { findings } = readAnnotations({ [OUTBOUND_PORTS]: `${mark}80` });
    assert.deepEqual(
      findings.map(({ code, field }) => [code, field]),
      [["INVALID_PORT", `pod.metadata.annotations["${OUTBOUND_PORTS}"][0]`]],
    );
  }
});

test("white space inside an item is not left out", () => {
  const { findings } = readAnnotations({ [OUTBOUND_PORTS]: "8 0", [OUTBOUND_RANGES]: "10.0.0.0 /8" });
  assert.deepEqual(
    findings.map(({ code, value }) => [code, value]),
    [
      ["INVALID_PORT", "8 0"],
      ["INVALID_CIDR", "10.0.0.0 /8"],
    ],
  );
});

test("an absent annotation is no list", () => {
  const { policy, findings } = readAnnotations({ "example.com/other": "x" });
  assert.deepEqual(findings, []);
  assert.deepEqual(policy.outboundPortExclusions, []);
  assert.deepEqual(policy.outboundRangeExclusions, []);
});

test("an empty annotation, an empty item and a trailing comma are errors, each at its place", () => {
  const places: [string, readonly number[]][] = [
    ["", [0]],
    ["   ", [0]],
    ["80,", [1]],
    [",80", [0]],
    ["80,,443", [1]],
    ["80, ,443,", [1, 3]],
  ];
  for (const [value, indexes] of places) {
    const { findings } = readAnnotations({ [OUTBOUND_PORTS]: value });
    assert.deepEqual(
      findings.map(({ code, field }) => [code, field]),
      indexes.map((index) => ["EMPTY_ITEM", `pod.metadata.annotations["${OUTBOUND_PORTS}"][${index}]`]),
      JSON.stringify(value),
    );
  }
});

test("a port may have a plus sign and leading zeros, which are never octal", () => {
  const read = readAnnotations({ [OUTBOUND_PORTS]: "+80, 0081, +0082, 00000000000000000000000065535, 1" });
  assert.deepEqual(outboundPorts(read), [80, 81, 82, 65535, 1]);
  assert.deepEqual(read.findings, []);
});

test("a port that is not a whole decimal number from 1 to 65535 is an error, and none is rounded", () => {
  const bad = [
    "0",
    "65536",
    "-1",
    "80.0",
    "80.5",
    "8e1",
    "0x50",
    "0b1",
    "80:90",
    "1_000",
    "http",
    "٨٠",
    "８０",
    "++80",
  ];
  const { findings } = readAnnotations({ [OUTBOUND_PORTS]: bad.join(",") });
  assert.deepEqual(
    findings.map(({ code, value }) => [code, value]),
    bad.map((item) => ["INVALID_PORT", item]),
  );
});

test("a number of the mesh config that is no port is an error, and none is rounded", () => {
  const bad = [0, 65536, -1, 80.5, -0, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 31, 1e21];
  const { findings } = readMesh({ spec: { traffic: { inboundPortExclusionList: bad } } });
  assert.deepEqual(
    findings.map(({ code, field, value }) => [code, field, value]),
    bad.map((item, index) => [
      "INVALID_PORT",
      `meshConfig.spec.traffic.inboundPortExclusionList[${index}]`,
      String(item),
    ]),
  );
});

test("a range has an address and a prefix length: no bare address, no zone, no leading zero in an octet", () => {
  const bad: [string, string][] = [
    ["10.0.0.1", "INVALID_CIDR"],
    ["10.0.0.0/", "INVALID_CIDR"],
    ["10.0.0.0/33", "INVALID_CIDR"],
    ["10.0.0.0/-1", "INVALID_CIDR"],
    ["10.0.0.0/08", "INVALID_CIDR"],
    ["10.0.0.0/255.0.0.0", "INVALID_CIDR"],
    ["10.0.0/8", "INVALID_CIDR"],
    ["256.0.0.0/8", "INVALID_CIDR"],
    ["/8", "INVALID_CIDR"],
    ["fe80::1%eth0/64", "INVALID_CIDR"],
    ["10.0.0.0/8/8", "INVALID_CIDR"],
    ["localhost/8", "INVALID_CIDR"],
    ["010.0.0.1/32", "AMBIGUOUS_OCTET"],
    ["10.0.0.08/32", "AMBIGUOUS_OCTET"],
  ];
  const { findings } = readAnnotations({ [OUTBOUND_RANGES]: bad.map(([text]) => text).join(",") });
  assert.deepEqual(
    findings.map(({ code, value }) => [value, code]),
    bad,
  );
});

test("the message of a bad item keeps the words of OSM", () => {
  const { findings } = readAnnotations({
    [OUTBOUND_PORTS]: "http",
    [OUTBOUND_RANGES]: "10.0.0.1, 010.0.0.0/8",
  });
  const beginnings = [
    `Invalid port value 'http' specified for annotation '${OUTBOUND_PORTS}'`,
    `Invalid IP range '10.0.0.1' specified for annotation '${OUTBOUND_RANGES}'`,
    `Invalid IP range '010.0.0.0/8' specified for annotation '${OUTBOUND_RANGES}'`,
  ];
  assert.deepEqual(
    findings.map(({ message }, index) => message.slice(0, beginnings[index]?.length)),
    beginnings,
  );
});

test("one bad item does not hide the others, and the good ones beside it are read", () => {
  const read = readAnnotations({ [OUTBOUND_PORTS]: "80,x,443,,y" });
  assert.deepEqual(
    read.findings.map(({ value }) => value),
    ["80,x,443,,y", "x", "y"],
  );
  assert.deepEqual(outboundPorts(read), [80, 443]);
});

test("OSM dialects read openservicemesh.io/, FSM dialects flomesh.io/, and neither the other's", () => {
  for (const dialect of DIALECTS) {
    const own = dialect.startsWith("fsm") ? "flomesh.io/" : "openservicemesh.io/";
    const other = dialect.startsWith("fsm") ? "openservicemesh.io/" : "flomesh.io/";
    const key = "inbound-port-exclusion-list";
    const { policy, findings } = readAnnotations({ [own + key]: "80", [other + key]: "81" }, dialect);
    const supported = dialect !== "osm-v0.8";
    assert.deepEqual(
      policy.inboundPortExclusions.map(({ range }) => range.first),
      supported ? [80] : [],
    );
    assert.deepEqual(
      findings.map(({ code, field }) => [code, field]),
      [
        ...(supported ? [] : [["UNSUPPORTED_BY_DIALECT", `pod.metadata.annotations["${own + key}"]`]]),
        ["ANNOTATION_NOT_READ", `pod.metadata.annotations["${other + key}"]`],
      ],
    );
  }
});

test("every value knows the input it comes from", () => {
  const { policy } = buildPolicy({
    meshConfig: {
      spec: {
        traffic: {
          outboundPortExclusionList: [6379],
          outboundIpRangeInclusionList: ["10.0.0.0/8"],
          networkInterfaceExclusionList: ["net1"],
        },
      },
    },
    pod: { metadata: { annotations: { [OUTBOUND_PORTS]: "7070, 06379" } } },
    options: { dialect: "osm-v1.2" },
  });
  const port = { kind: "mesh-config", field: "meshConfig.spec.traffic.outboundPortExclusionList", index: 0 };
  const annotation = { kind: "pod-annotation", field: `pod.metadata.annotations["${OUTBOUND_PORTS}"]` };
  assert.deepEqual(
    policy.outboundPortExclusions.map(({ origins }) => origins),
    [
      [
        { ...port, value: "6379" },
        { ...annotation, index: 1, value: "06379" },
      ],
      [{ ...annotation, index: 0, value: "7070" }],
    ],
  );
  assert.deepEqual(policy.outboundRangeInclusions[0]?.origins, [
    {
      kind: "mesh-config",
      field: "meshConfig.spec.traffic.outboundIPRangeInclusionList",
      index: 0,
      value: "10.0.0.0/8",
    },
  ]);
  assert.deepEqual(policy.interfaceExclusions[0]?.origins, [
    {
      kind: "mesh-config",
      field: "meshConfig.spec.traffic.networkInterfaceExclusionList",
      index: 0,
      value: "net1",
    },
  ]);
});

test("local proxy mode is PodIP for exactly that text and Localhost for any other", () => {
  for (const mode of ["", "Localhost", "podip", "PODIP", "PodIP ", "Pod IP", "x"]) {
    const { policy } = readMesh({ spec: { sidecar: { localProxyMode: mode } } });
    assert.equal(policy.localProxyMode, "Localhost", mode);
  }
  assert.equal(readMesh({ spec: { sidecar: { localProxyMode: "PodIP" } } }).policy.localProxyMode, "PodIP");
});

test("the settings of the init container come from the options, then the mesh config, then the dialect", () => {
  const meshConfig = {
    spec: { sidecar: { initContainerImage: "mesh.example/init:1", enablePrivilegedInitContainer: true } },
  };
  const fromMesh = buildPolicy({ meshConfig, options: { initContainerImage: "" } });
  assert.deepEqual(fromMesh.policy.initContainer, { image: "mesh.example/init:1", privileged: true });
  const options = { initContainerImage: "own.example/init:2", initContainerImagePullPolicy: "Always" };
  assert.deepEqual(buildPolicy({ meshConfig, options }).policy.initContainer, {
    image: "own.example/init:2",
    imagePullPolicy: "Always",
    privileged: true,
  });
  assert.deepEqual(buildPolicy({}).policy.initContainer, {
    image: "openservicemesh/init:v0.11.1",
    privileged: false,
  });
});

test("the default image of every dialect is an image reference", () => {
  for (const dialect of DIALECTS) {
    assert.deepEqual(buildPolicy({ options: { dialect } }).findings, [], dialect);
  }
});

test("the hardened dialect programs the families that the pod has, and both when it does not say", () => {
  const families = (...ips: readonly string[]): string =>
    buildPolicy({
      pod: { status: { podIps: ips.map((ip) => ({ ip })) } },
      options: { dialect: "hardened" },
    }).policy.ipFamilies;
  assert.equal(families(), "dual");
  assert.equal(families("10.0.0.1"), "ipv4");
  assert.equal(families("fd00::1"), "ipv6");
  assert.equal(families("10.0.0.1", "fd00::1"), "dual");
  assert.equal(families("not an address"), "dual");
  const asked = buildPolicy({
    pod: { status: { podIp: "10.0.0.1" } },
    options: { dialect: "hardened", ipFamilies: "ipv6" },
  });
  assert.equal(asked.policy.ipFamilies, "ipv6");
});

test("a list takes so many items and no more", () => {
  const ports = (count: number) => new Array<string>(count).fill("80").join(",");
  const full = readAnnotations({ [OUTBOUND_PORTS]: ports(MAX_LIST_ITEMS) });
  assert.equal(full.findings.filter(({ code }) => code !== "DUPLICATE_ENTRY").length, 0);
  const over = readAnnotations({ [OUTBOUND_PORTS]: ports(MAX_LIST_ITEMS + 1) });
  assert.deepEqual(
    over.findings.map(({ code, field, value }) => [code, field, value]),
    [["TOO_MANY_ITEMS", `pod.metadata.annotations["${OUTBOUND_PORTS}"]`, String(MAX_LIST_ITEMS + 1)]],
  );
});

test("annotations that are not the mesh's, whatever they are called, are not looked at", () => {
  const annotations = JSON.parse(`{
    "__proto__": "${"x".repeat(9)}", "constructor": "1", "toString": "2", "hasOwnProperty": "3", "": "4",
    "example.com/exclude": "80", "openservicemesh.io/sidecar-injection": "enabled", "openservicemesh.io/metrics": "on"
  }`);
  const { policy, findings } = readAnnotations(annotations);
  assert.deepEqual(findings, []);
  assert.deepEqual(policy, readAnnotations({}).policy);
});

test("an annotation that looks like a list of the mesh and that nothing reads is told, under any prefix", () => {
  const keys = [
    "openservicemesh.io/outbound-ports-exclusion-list",
    "openservicemesh.io/Outbound-Port-Exclusion-List",
    "openservicemesh.io/outbound-port-inclusion-list",
    "osm.io/inbound-port-exclusion-list",
    "outbound-ip-range-exclusion-list",
  ];
  const { findings } = readAnnotations(Object.fromEntries(keys.map((key) => [key, "80"])));
  assert.deepEqual(
    findings.map(({ code, field }) => [code, field]),
    keys.toSorted().map((key) => ["ANNOTATION_NOT_READ", `pod.metadata.annotations["${key}"]`]),
  );
});
