import assert from "node:assert/strict";
import { test } from "node:test";
import { fromJson, type JsonValue, toJson } from "@bufbuild/protobuf";
import { CompareRequestSchema, type CompareResponse } from "../../src/gen/redirect/v1/compare_pb.ts";
import { PlanRequestSchema, PlanResponseSchema } from "../../src/gen/redirect/v1/plan_pb.ts";
import { redirectPlanner } from "../../src/service/planner.ts";

const MESH = { spec: { traffic: { outboundPortExclusionList: [6379] } } };

function compare(before: JsonValue, after: JsonValue): CompareResponse {
  return redirectPlanner.compare(fromJson(CompareRequestSchema, { before, after }));
}

function request(dialect: string, meshConfig: JsonValue = MESH) {
  return { request: { meshConfig, options: { dialect } } };
}

test("a request is equal to its own script, plan and saved text", () => {
  for (const dialect of ["DIALECT_OSM_V0_11", "DIALECT_OSM_V1_0", "DIALECT_OSM_V1_2", "DIALECT_FSM_V1_5"]) {
    const wanted = request(dialect);
    const response = redirectPlanner.plan(fromJson(PlanRequestSchema, wanted.request));
    const answer = toJson(PlanResponseSchema, response) as { readonly plan: JsonValue };
    const lines = response.plan?.chains.flatMap(({ rules }) => rules.map(({ text }) => text)) ?? [];
    const declared = response.plan?.chains.map(({ name, hook }) => (hook ? [] : [`:${name} - [0:0]`])) ?? [];
    const saved = ["*nat", ...declared.flat(), ...lines, "COMMIT", ""].join("\n");
    for (const source of [{ script: response.script }, { plan: answer.plan }, { iptablesSave: saved }]) {
      const { equal, differences, repairScript } = compare(source, wanted);
      assert.deepEqual(
        [equal, differences.length, repairScript],
        [true, 0, ""],
        `${dialect} ${Object.keys(source)}`,
      );
    }
  }
});

test("the order of exclusions and the spelling of ranges are no difference", () => {
  const one = request("DIALECT_OSM_V1_2", {
    spec: { traffic: { outboundIPRangeExclusionList: ["10.0.0.0/8", "2.2.2.2/24"] } },
  });
  const other = request("DIALECT_OSM_V1_2", {
    spec: { traffic: { outboundIPRangeExclusionList: ["2.2.2.0/24", "10.128.0.0/9", "10.0.0.0/9"] } },
  });
  assert.equal(compare(one, other).equal, true);
});

test("addresses that are few ranges and many in CIDR notation are told by the first and the last of them", () => {
  const options = { enforcement: "ENFORCEMENT_REPORT", ipFamilies: "IP_FAMILIES_IPV4" };
  const { differences } = compare(
    { request: { options: { ...options, dialect: "DIALECT_OSM_V1_2" } } },
    { request: { options: { ...options, dialect: "DIALECT_HARDENED" } } },
  );
  assert.deepEqual(
    differences.map(({ region }) => region),
    [
      "outbound IPv4: connection NEW or RELATED, protocol tcp, leaves by lo, user 1500, destination 127.0.0.0/32 or 127.0.0.2-127.255.255.255",
    ],
  );
});

test("a port that is excluded now is one region, with a packet, both fates and the rules that decide", () => {
  const { equal, differences, differenceCount } = compare(
    request("DIALECT_OSM_V0_11"),
    request("DIALECT_OSM_V0_11", { spec: { traffic: { outboundPortExclusionList: [6379, 7070] } } }),
  );
  assert.deepEqual([equal, differences.length, differenceCount], [false, 1, 1]);
  const [difference] = differences;
  assert.equal(
    difference?.region,
    "outbound IPv4: connection NEW or RELATED, protocol tcp, user other than 1500, destination port 7070, destination other than 127.0.0.1/32",
  );
  assert.match(difference?.size ?? "", /^[1-9][0-9]+$/);
  assert.equal(
    difference?.before?.disposition?.rule,
    "-A PROXY_REDIRECT -p tcp -j REDIRECT --to-ports 15001",
  );
  assert.equal(
    difference?.after?.disposition?.rule,
    "-A PROXY_OUTPUT -p tcp -m multiport --dports 6379,7070 -j RETURN",
  );
  assert.equal(
    difference?.after?.disposition?.origin?.field,
    "meshConfig.spec.traffic.outboundPortExclusionList",
  );
  assert.equal(difference?.before?.packet?.destination?.port, 7070);
});

/** What a pod of OSM 0.11 saves, with rules of another tool. */
const LIVE = `*nat
:OTHER - [0:0]
:PROXY_OUTPUT - [0:0]
:PROXY_REDIRECT - [0:0]
-A OUTPUT -p tcp -m tcp --dport 82 -j OTHER
-A OUTPUT -p tcp -j PROXY_OUTPUT
-A OUTPUT -p udp -j RETURN
-A OTHER -j ACCEPT
-A PROXY_OUTPUT -j PROXY_REDIRECT
-A PROXY_REDIRECT -p tcp -j REDIRECT --to-ports 15001
COMMIT
`;

test("a repair script removes the chains of other dialects, makes its own and leaves those of other tools", () => {
  for (const [dialect, chain] of [
    ["DIALECT_OSM_V1_2", "OSM_PROXY_OUTBOUND"],
    ["DIALECT_FSM_V1_5", "FSM_PROXY_OUTBOUND"],
  ]) {
    const { repairScript, repairNotes } = compare({ iptablesSave: LIVE }, request(dialect ?? ""));
    assert.match(repairScript, new RegExp(`^-A ${chain} -p tcp -m multiport --dports 6379 -j RETURN$`, "m"));
    assert.match(repairScript, /^-X PROXY_OUTPUT$/m);
    assert.match(repairScript, /-restore -w 30 --noflush/);
    assert.doesNotMatch(repairScript, /OTHER/);
    assert.match(
      repairNotes.join(),
      /^it leaves rules of other tools alone, and with them \d+ kinds? of packets/,
    );
  }
});

test("every source of rules can be what a repair leads to", () => {
  const wanted = request("DIALECT_OSM_V1_1");
  const response = redirectPlanner.plan(fromJson(PlanRequestSchema, wanted.request));
  const { plan } = toJson(PlanResponseSchema, response) as { readonly plan: JsonValue };
  const live = LIVE.replaceAll(/.*OTHER.*\n|.*-p udp.*\n/g, "");
  const scripts = [wanted, { plan }, { script: response.script }].map((after) => {
    const { repairScript, repairNotes } = compare({ iptablesSave: live }, after);
    assert.deepEqual(repairNotes, []);
    return repairScript;
  });
  assert.notEqual(scripts[0], "");
  assert.deepEqual(scripts, scripts.fill(scripts[0] ?? ""));
  const back = compare(wanted, { iptablesSave: LIVE });
  assert.match(back.repairScript, /^-X OSM_PROXY_OUTBOUND$/m);
  assert.match(back.repairScript, /^put ' -p tcp -m tcp --dport 82 -j OTHER'$/m);
});

test("a pod's rules are repaired where they are kept", () => {
  const osm = {
    request: { options: { dialect: "DIALECT_OSM_V1_2", scriptFormat: "SCRIPT_FORMAT_NFTABLES" } },
  };
  assert.match(compare({ iptablesSave: LIVE }, osm).repairScript, /"\$iptables"-restore/);
  assert.match(compare({ iptablesSave: "*nat\nCOMMIT\n" }, osm).repairScript, /nft -f -/);
});

test("where there is no repair script, it is said why", () => {
  const other = { iptablesSave: "*filter\n-A INPUT -p tcp -m tcp --dport 15003 -j DROP\nCOMMIT\n" };
  const { repairScript, repairNotes } = compare(other, { iptablesSave: "*nat\nCOMMIT\n" });
  assert.deepEqual([repairScript, repairNotes], ["", ["what differs is of other tools"]]);
  const podIp = request("DIALECT_OSM_V1_2", { spec: { sidecar: { localProxyMode: "PodIP" } } });
  const nft = redirectPlanner.plan(
    fromJson(PlanRequestSchema, {
      options: { dialect: "DIALECT_HARDENED", scriptFormat: "SCRIPT_FORMAT_NFTABLES" },
    }),
  );
  assert.match(compare({ script: nft.script }, podIp).repairNotes.join(), /^the pod's address is not known/);
  const hostile = {
    iptablesSave: "*nat\n:a;reboot - [0:0]\n-A OUTPUT -p tcp -j a;reboot\n-A a;reboot -j ACCEPT\nCOMMIT\n",
  };
  assert.match(
    compare({ iptablesSave: LIVE }, hostile).repairNotes.join(),
    /^the name of a chain has characters/,
  );
});
