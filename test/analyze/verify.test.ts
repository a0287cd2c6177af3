import assert from "node:assert/strict";
import { test } from "node:test";
import { analysisOf } from "../../src/analyze/analysis.ts";
import { compareRules } from "../../src/analyze/compare.ts";
import { demandsOf } from "../../src/analyze/demand.ts";
import { intentConditions } from "../../src/analyze/intent-conditions.ts";
import { verifyRules } from "../../src/analyze/verify.ts";
import { walk } from "../../src/analyze/walk.ts";
import type { PodPlan } from "../../src/plan.ts";
import { DIALECTS, type Dialect, type MeshConfig, type Pod } from "../../src/policy/inputs.ts";
import { policyIntent } from "../../src/policy-intent.ts";
import type { Chain } from "../../src/ruleset/rule.ts";
import { ACCEPT, destinationPort, TCP } from "../../src/ruleset/vocabulary.ts";
import { provedPlan } from "../proof/proved-plan.ts";
import { refutations } from "../proof/refutations.ts";
import { chain, linked, rule } from "./linked.ts";
import { mutants } from "./mutants.ts";

type Spec = MeshConfig["spec"];

function planned(dialect: Dialect, spec: Spec = {}, pod: Pod = {}): PodPlan {
  const outcome = provedPlan({
    meshConfig: { ...(spec && { spec }) },
    pod,
    options: { dialect, enforcement: "report" },
  });
  if (outcome.kind !== "planned") throw new Error(outcome.kind);
  return outcome.plan;
}

const EXCLUSIONS: Spec = {
  traffic: {
    outboundIpRangeExclusionList: ["10.0.0.0/8"],
    outboundPortExclusionList: [6379],
    inboundPortExclusionList: [8081],
  },
};
const POD_IP_MODE: Spec = { sidecar: { localProxyMode: "PodIP" } };

const SELF_CALL_0 =
  "self-call-intercepted: uid 1500 lo -> 198.51.100.7:80 is untouched by -A PROXY_OUTPUT -m owner --uid-owner 1500 -j RETURN";
const LOOPBACK_0 =
  "loopback-left-alone: uid 1000 lo -> 198.51.100.7:80 is redirected 15001 by -A PROXY_REDIRECT -p tcp -j REDIRECT --to-ports 15001";
const SELF_CALL_1 =
  "self-call-intercepted: uid 1500 lo -> 10.0.0.1:80 is untouched by -A OSM_PROXY_OUTBOUND -d 10.0.0.0/8 -j RETURN";
const LOOPBACK_1 = (mesh: string) =>
  `loopback-left-alone: uid 1500 lo -> 127.0.0.2:80 is redirected 15003 by -A ${mesh}_PROXY_IN_REDIRECT -p tcp -j REDIRECT --to-ports 15003`;
const ADMIN =
  "admin-reachable: uid 1500 lo -> 127.0.0.1:15000 is dnat $POD_IP by -A OUTPUT -d 127.0.0.1/32 -o lo -p tcp -m owner --uid-owner 1500 -j DNAT --to-destination $POD_IP";

const PLAIN_DEFECTS: { readonly [dialect in Dialect]: readonly string[] } = {
  "osm-v0.8": [SELF_CALL_0, LOOPBACK_0],
  "osm-v0.11": [SELF_CALL_0, LOOPBACK_0],
  "osm-v1.0": [LOOPBACK_1("OSM")],
  "osm-v1.1": [LOOPBACK_1("OSM")],
  "osm-v1.2": [LOOPBACK_1("OSM")],
  "fsm-v1.4": [LOOPBACK_1("FSM")],
  "fsm-v1.5": [LOOPBACK_1("FSM")],
  hardened: [],
};

test("the plan of each dialect has every property but those that its known defects take from it", () => {
  for (const dialect of DIALECTS)
    assert.deepEqual(refutations(planned(dialect)), PLAIN_DEFECTS[dialect], dialect);
});

test("exclusions that cover the pod's own address break self-calls in OSM 1.0, and in no later dialect", () => {
  for (const dialect of DIALECTS) {
    const expected = dialect === "osm-v1.0" ? [SELF_CALL_1, LOOPBACK_1("OSM")] : PLAIN_DEFECTS[dialect];
    assert.deepEqual(refutations(planned(dialect, EXCLUSIONS)), expected, dialect);
  }
});

test("PodIP mode takes the admin port from the proxy where the dialect has the mode, but for the hardened one", () => {
  for (const dialect of ["osm-v1.2", "fsm-v1.4", "fsm-v1.5"] as const) {
    assert.deepEqual(refutations(planned(dialect, POD_IP_MODE)), [...PLAIN_DEFECTS[dialect], ADMIN], dialect);
  }
  assert.deepEqual(refutations(planned("hardened", POD_IP_MODE)), []);
});

test("a self-call is judged by the pod's address where it is known", () => {
  const pod = (podIp: string): Pod => ({ status: { podIp } });
  const [selfCall] = refutations(planned("osm-v1.0", EXCLUSIONS, pod("10.1.2.3")));
  assert.match(selfCall ?? "", /^self-call-intercepted: uid 1500 lo -> 10\.1\.2\.3:80 is untouched/);
  const ranges: Spec = { traffic: { outboundIpRangeExclusionList: ["10.0.0.0/8"] } };
  assert.deepEqual(refutations(planned("osm-v1.0", ranges, pod("192.0.2.9"))), [LOOPBACK_1("OSM")]);
  for (const address of ["10.1.2.3", "2001:db8::9"]) {
    assert.deepEqual(
      refutations(planned("hardened", { ...EXCLUSIONS, ...POD_IP_MODE }, pod(address))),
      [],
      address,
    );
  }
});

test("the hardened plan has every property for every knob, in both families", () => {
  const spec: Spec = {
    traffic: {
      outboundIpRangeExclusionList: ["10.0.0.0/8", "192.0.2.0/25", "2001:db8:1::/48"],
      outboundIpRangeInclusionList: ["10.0.0.0/7", "203.0.113.0/24", "2001:db8::/32"],
      outboundPortExclusionList: [80, 6379],
      inboundPortExclusionList: [8081],
      networkInterfaceExclusionList: ["eth1", "veth+"],
    },
    sidecar: { localProxyMode: "PodIP", localDnsProxy: { enable: true } },
  };
  const plan = planned("hardened", spec);
  const { holds, results, notModelled } = verifyRules(linked(plan.chains), policyIntent(plan.policy));
  assert.deepEqual([holds, notModelled], [true, []]);
  assert.equal(results.length, 18);
  const idle = results.filter(({ verdict }) => verdict.kind === "not-applicable");
  assert.deepEqual(
    idle.map(({ property, family }) => `${property} ${family}`),
    ["admin-reachable ipv6"],
  );
});

test("every mutant of a hardened plan that changes a packet's fate is refuted by a packet that the walk confirms", (context) => {
  const plan = planned("hardened", { ...EXCLUSIONS, sidecar: { localDnsProxy: { enable: true } } });
  const intent = policyIntent(plan.policy);
  const original = linked(plan.chains);
  let caught = 0;
  const all = [...mutants(plan.chains)];
  for (const { kind, chains } of all) {
    const mutant = linked(chains);
    const { holds, results } = verifyRules(mutant, intent);
    assert.equal(holds, compareRules(original, mutant).equal, kind);
    for (const { verdict } of results) {
      if (verdict.kind !== "refuted") continue;
      assert.deepEqual(walk(mutant, verdict.example).decision, verdict.decision);
      assert.notDeepEqual(walk(original, verdict.example).decision.fate, verdict.decision.fate);
    }
    if (!holds) caught++;
  }
  assert.ok(caught > 100);
  context.diagnostic(`${all.length} mutants, ${caught} refuted, ${all.length - caught} proved`);
});

test("the demands of an intent are apart and take in every packet there can be", () => {
  for (const spec of [{}, EXCLUSIONS, { ...EXCLUSIONS, ...POD_IP_MODE }]) {
    for (const pod of [{}, { status: { podIp: "10.1.2.3" } }]) {
      const intent = policyIntent(planned("hardened", spec, pod).policy);
      for (const family of intent.families) {
        const analysis = analysisOf(family, [], intentConditions(intent, family));
        const { sets, world } = analysis;
        for (const direction of ["inbound", "outbound"] as const) {
          let taken = sets.none;
          for (const { packets } of demandsOf(analysis, intent, direction)) {
            assert.equal(sets.and(taken, packets), sets.none);
            taken = sets.or(taken, packets);
          }
          assert.equal(taken, world.starting(direction));
        }
      }
    }
  }
});

test("rules of other tables count: a drop of what shall be left alone is refuted", () => {
  const plan = planned("hardened");
  const drop: Chain = chain("filter", "INPUT", rule([TCP, destinationPort(15010)], { kind: "drop" }));
  assert.deepEqual(refutations(plan, [...plan.chains, drop]), [
    "sidecar-ports-open: in eth0 -> 192.0.2.2:15010 is dropped by -A INPUT -p tcp -m tcp --dport 15010 -j DROP",
    "others-left-alone: in eth0 -> 192.0.2.2:15010 is dropped by -A INPUT -p tcp -m tcp --dport 15010 -j DROP",
  ]);
});

test("what a proof hangs on and is not modelled is said", () => {
  const plan = planned("hardened");
  const local = { kind: "unknown", name: "addrtype", text: "-m addrtype --dst-type LOCAL" } as const;
  const intent = policyIntent(plan.policy);
  const harmless = linked([...plan.chains, chain("filter", "INPUT", rule([local], ACCEPT))]);
  assert.deepEqual(verifyRules(harmless, intent).notModelled, []);
  const harmful = verifyRules(
    linked([...plan.chains, chain("filter", "INPUT", rule([local], { kind: "drop" }))]),
    intent,
  );
  assert.equal(harmful.holds, false);
  assert.deepEqual(harmful.notModelled, ["-m addrtype --dst-type LOCAL in filter"]);
});

test("rules for one family leave the properties of the other refuted", () => {
  const plan = planned("osm-v1.2");
  const intent = { ...policyIntent(plan.policy), families: ["ipv6"] } as const;
  const verdicts = verifyRules(linked(plan.chains), intent).results.filter(
    ({ verdict }) => verdict.kind === "refuted",
  );
  assert.deepEqual(
    verdicts.map(({ property }) => property),
    ["self-call-intercepted", "outbound-intercepted", "inbound-intercepted"],
  );
});
