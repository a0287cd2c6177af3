import assert from "node:assert/strict";
import { test } from "node:test";
import { fromJson, type JsonValue, toJson } from "@bufbuild/protobuf";
import { CompareRequestSchema } from "../../src/gen/redirect/v1/compare_pb.ts";
import { ExplainRequestSchema, type ExplainResponse } from "../../src/gen/redirect/v1/explain_pb.ts";
import { Disposition_Kind } from "../../src/gen/redirect/v1/packet_pb.ts";
import { PlanRequestSchema, PlanResponseSchema } from "../../src/gen/redirect/v1/plan_pb.ts";
import { VerifyRequestSchema } from "../../src/gen/redirect/v1/verify_pb.ts";
import { redirectPlanner } from "../../src/service/planner.ts";
import { ServiceError } from "../../src/service/service-error.ts";

const REQUEST = {
  meshConfig: { spec: { traffic: { outboundIPRangeExclusionList: ["192.0.2.0/25", "10.0.0.0/8"] } } },
  pod: {
    metadata: { annotations: { "openservicemesh.io/outbound-port-exclusion-list": "6379, 7070" } },
    status: { podIPs: [{ ip: "198.51.100.7" }] },
  },
};

const TO_EXCLUDED = {
  direction: "DIRECTION_OUTBOUND",
  destination: { address: "10.1.2.3", port: 443 },
  owner: { uid: 1000 },
};

function explain(rules: JsonValue, ...packets: JsonValue[]): ExplainResponse {
  return redirectPlanner.explain(fromJson(ExplainRequestSchema, { rules, packets }));
}

/** What traces say, the order of a rule's conditions aside, which the text settles. */
function told({ traces }: ExplainResponse) {
  return traces.map(({ steps, disposition }) => [
    steps.map(({ chain, ruleIndex, rule, matched }) => [chain, ruleIndex, rule?.text, rule?.origin, matched]),
    disposition,
  ]);
}

function refusalOf(rules: JsonValue, ...packets: JsonValue[]): readonly (readonly [string, string])[] {
  try {
    explain(rules, ...packets);
  } catch (error) {
    assert.ok(error instanceof ServiceError);
    const [detail] = error.details;
    assert.equal(detail?.kind, "bad-request");
    return (detail.value.fieldViolations ?? []).map(({ field = "", reason = "" }) => [field, reason]);
  }
  assert.fail("it was not refused");
}

test("a bypass is explained by the rule that decided and the input that caused it", () => {
  const { traces } = explain({ request: REQUEST }, TO_EXCLUDED, {
    ...TO_EXCLUDED,
    destination: { address: "203.0.113.9", port: 7070 },
  });
  assert.deepEqual(
    traces.map(({ disposition }) => [
      disposition?.kind,
      disposition?.rule,
      disposition?.origin?.field,
      disposition?.origin?.index,
    ]),
    [
      [
        Disposition_Kind.UNTOUCHED,
        "-A PROXY_OUTPUT -d 10.0.0.0/8 -j RETURN",
        "meshConfig.spec.traffic.outboundIPRangeExclusionList",
        1,
      ],
      [
        Disposition_Kind.UNTOUCHED,
        "-A PROXY_OUTPUT -p tcp -m multiport --dports 6379,7070 -j RETURN",
        'pod.metadata.annotations["openservicemesh.io/outbound-port-exclusion-list"]',
        0,
      ],
    ],
  );
});

test("a trace tells each rule in the order of the kernel, what matched and why not", () => {
  const [trace] = explain({ request: REQUEST }, TO_EXCLUDED).traces;
  assert.deepEqual(
    trace?.steps.map(
      ({ chain, rule, matched, reason }) => `${chain} ${rule?.text ?? "policy"} ${matched}: ${reason}`,
    ),
    [
      "OUTPUT -A OUTPUT -p tcp -j PROXY_OUTPUT true: goes on in PROXY_OUTPUT",
      "PROXY_OUTPUT -A PROXY_OUTPUT -p tcp -m multiport --dports 6379,7070 -j RETURN false: its destination port is 443",
      "PROXY_OUTPUT -A PROXY_OUTPUT -d 10.0.0.0/8 -j RETURN true: leaves this chain",
      "OUTPUT policy true: the chain ends here, and its policy is accept",
    ],
  );
});

test("what a packet leaves out is filled in and told", () => {
  const { traces } = explain(
    { request: REQUEST },
    { direction: "DIRECTION_INBOUND", destination: { port: 8080 } },
    { ...TO_EXCLUDED, destination: { address: "127.0.0.1", port: 80 } },
    { ...TO_EXCLUDED, destination: { address: "198.51.100.7", port: 80 } },
  );
  assert.deepEqual(
    traces.map(({ packet, disposition }) => [
      packet?.interface,
      packet?.source?.address,
      packet?.destination?.address,
      disposition?.port,
    ]),
    [
      ["eth0", "198.51.100.1", "198.51.100.7", 15003],
      ["lo", "127.0.0.1", "127.0.0.1", 0],
      ["lo", "198.51.100.7", "198.51.100.7", 15001],
    ],
  );
});

test("a packet without a socket is not the proxy's, and one that is not TCP is left alone", () => {
  const { traces } = explain(
    { request: REQUEST },
    { direction: "DIRECTION_OUTBOUND", destination: { address: "203.0.113.9", port: 80 } },
    { ...TO_EXCLUDED, protocol: "PROTOCOL_UDP", destination: { address: "203.0.113.9", port: 53 } },
    {
      ...TO_EXCLUDED,
      connectionState: "CONNECTION_STATE_ESTABLISHED",
      destination: { address: "203.0.113.9", port: 80 },
    },
  );
  assert.deepEqual(
    traces.map(({ disposition }) => disposition?.kind),
    [Disposition_Kind.REDIRECTED, Disposition_Kind.UNTOUCHED, Disposition_Kind.UNTOUCHED],
  );
});

test("a plan of an earlier answer is explained like its request, origins and all, in every dialect", () => {
  for (const dialect of ["DIALECT_OSM_V0_11", "DIALECT_OSM_V1_2", "DIALECT_HARDENED"]) {
    const request = {
      meshConfig: { spec: { sidecar: { localProxyMode: dialect.endsWith("11") ? "" : "PodIP" } } },
      options: { dialect },
    };
    const response = redirectPlanner.plan(fromJson(PlanRequestSchema, request));
    const { plan } = toJson(PlanResponseSchema, response) as { readonly plan: JsonValue };
    assert.deepEqual(told(explain({ plan }, TO_EXCLUDED)), told(explain({ request }, TO_EXCLUDED)), dialect);
  }
});

test("bad packets are told all at once, with their fields", () => {
  assert.deepEqual(
    refusalOf(
      { request: REQUEST },
      { destination: { address: "10.0.0.1" } },
      { direction: "DIRECTION_OUTBOUND" },
      { direction: "DIRECTION_OUTBOUND", destination: { address: "10.0.0", port: 70000 } },
      { direction: "DIRECTION_OUTBOUND", destination: { address: "::1" }, source: { address: "10.0.0.1" } },
      { direction: "DIRECTION_INBOUND", interface: "an interface" },
      { direction: "DIRECTION_INBOUND", owner: { uid: 1000 }, destination: { port: 80 } },
      {
        direction: "DIRECTION_OUTBOUND",
        protocol: "PROTOCOL_ICMP",
        destination: { address: "10.0.0.1", port: 80 },
      },
      { direction: 9 },
    ),
    [
      ["packets[0].direction", "INVALID_PACKET"],
      ["packets[1].destination.address", "INVALID_PACKET"],
      ["packets[2].destination.address", "INVALID_PACKET"],
      ["packets[2].destination.port", "INVALID_PACKET"],
      ["packets[3].source.address", "INVALID_PACKET"],
      ["packets[4].interface", "INVALID_PACKET"],
      ["packets[5].owner", "INVALID_PACKET"],
      ["packets[6].destination.port", "INVALID_PACKET"],
      ["packets[7].direction", "UNKNOWN_OPTION"],
    ],
  );
});

test("rules that are none are refused with their field, and nothing is run", () => {
  assert.deepEqual(refusalOf({}), [["rules", "INVALID_RULES"]]);
  assert.deepEqual(refusalOf({ script: "rm -rf /" }), [["rules.script", "INVALID_RULES"]]);
  assert.deepEqual(refusalOf({ iptablesSave: '{"nftables": []}' }), [
    ["rules.iptablesSave", "INVALID_RULES"],
  ]);
  assert.deepEqual(refusalOf({ iptablesSave: "*nat\n-A OUTPUT -j NOPE\nCOMMIT\n" }), [
    ["rules.iptablesSave", "INVALID_RULES"],
  ]);
  assert.deepEqual(
    refusalOf({
      plan: {
        chains: [
          { family: "IP_FAMILY_IPV4", table: "TABLE_NAT", name: "A", rules: [{ text: "-A B -j RETURN" }] },
        ],
      },
    }),
    [["rules.plan.chains[0].rules[0].text", "INVALID_RULES"]],
  );
  assert.deepEqual(refusalOf({ request: { pod: { spec: { hostNetwork: true } } } }), [
    ["pod.spec.hostNetwork", "HOST_NETWORK"],
  ]);
});

test("what a dump says of rules that it does not show is told in every answer about it", () => {
  const warning = "Warning: iptables-legacy tables present, use iptables-legacy-save to see them";
  const saved = `# ${warning}\n# Generated by iptables-nft-save v1.8.9 (nf_tables) on Mon\n*nat\nCOMMIT\n`;
  const { traces } = explain({ iptablesSave: saved }, TO_EXCLUDED);
  assert.deepEqual(traces[0]?.notModelled, [warning]);
  const rules = { iptablesSave: saved };
  const verified = redirectPlanner.verify(fromJson(VerifyRequestSchema, { rules }));
  assert.deepEqual(verified.notModelled, [warning]);
  const compared = redirectPlanner.compare(fromJson(CompareRequestSchema, { before: rules, after: rules }));
  assert.deepEqual(compared.notModelled, [warning]);
});
