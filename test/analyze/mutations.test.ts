import assert from "node:assert/strict";
import { test } from "node:test";
import { compareRules } from "../../src/analyze/compare.ts";
import { fateKey } from "../../src/analyze/fate.ts";
import type { Intent } from "../../src/analyze/intent.ts";
import type { LinkedChains } from "../../src/analyze/link.ts";
import type { Packet } from "../../src/analyze/packet.ts";
import { verifyRules } from "../../src/analyze/verify.ts";
import { walk } from "../../src/analyze/walk.ts";
import { cidrInterval } from "../../src/net/cidr.ts";
import type { PodPlan } from "../../src/plan.ts";
import { DIALECTS, type Dialect } from "../../src/policy/inputs.ts";
import { policyIntent } from "../../src/policy-intent.ts";
import type { Chain } from "../../src/ruleset/rule.ts";
import { provedPlan } from "../proof/proved-plan.ts";
import { linked, received, sent } from "./linked.ts";
import { mutants } from "./mutants.ts";

/** One packet for every combination of values at which some rule can change its mind; of UDP, to the ports of DNS. */
function boundaryPackets(rulesets: readonly (readonly Chain[])[]): readonly Packet[] {
  const matches = rulesets.flat().flatMap(({ rules }) => rules.flatMap((rule) => rule.matches));
  const ports = new Set([80]);
  const addresses = new Set([0xc0000209n]);
  const users = new Set([1000]);
  const interfaces = new Set(["lo", "eth0"]);
  for (const match of matches) {
    if (match.kind === "destination-port") for (const edge of edges(match.range)) ports.add(edge);
    if (match.kind === "destination-multiport")
      for (const each of match.ranges) for (const edge of edges(each)) ports.add(edge);
    if (match.kind === "owner-uid") for (const edge of edges(match.ids)) users.add(edge);
    if (match.kind === "in-interface" || match.kind === "out-interface") interfaces.add(match.name);
    if (match.kind === "destination") {
      const { start, end } = cidrInterval(match.range);
      for (const edge of [start, end - 1n, end]) if (edge < 2n ** 32n) addresses.add(edge);
    }
  }
  const packets: Packet[] = [];
  for (const protocol of [6, 17]) {
    for (const port of protocol === 6 ? ports : [52, 53, 54]) {
      for (const name of interfaces) {
        if (name !== "lo") packets.push(received({ protocol, port, interface: name }));
        for (const address of addresses) {
          if (address >> 24n === 127n && name !== "lo") continue;
          for (const uid of users) {
            const words = sent({ protocol, port, uid, interface: name });
            packets.push({ ...words, destination: { address, port } });
          }
        }
      }
    }
  }
  return packets;
}

function edges({ first, last }: { readonly first: number; readonly last: number }): readonly number[] {
  return [first, last, last + 1];
}

function effect(chains: LinkedChains, packet: Packet): string {
  return fateKey(walk(chains, packet).decision.fate).replace("accepted", "untouched");
}

/** What is proved of rules, and refuted for how many packets. */
function proofOf(chains: LinkedChains, intent: Intent): string {
  const results = verifyRules(chains, intent).results.map(({ property, verdict }) => [
    property,
    verdict.kind,
    "packets" in verdict ? String(verdict.packets) : "",
  ]);
  return JSON.stringify(results);
}

function planned(dialect: Dialect): PodPlan {
  const traffic = {
    outboundIpRangeExclusionList: ["10.0.0.0/8", "10.1.0.0/16", "192.0.2.0/25"],
    outboundPortExclusionList: [80, 6379],
    inboundPortExclusionList: [8081],
    networkInterfaceExclusionList: ["eth1"],
  };
  const ranges = { outboundIpRangeExclusionList: traffic.outboundIpRangeExclusionList };
  // What a dialect has no rules for is told and left out.
  const sidecar = { localProxyMode: "PodIP", localDnsProxy: { enable: true } };
  const meshConfig = { spec: { traffic: dialect === "osm-v0.8" ? ranges : traffic, sidecar } };
  const outcome = provedPlan({ meshConfig, options: { dialect, enforcement: "report", ipFamilies: "ipv4" } });
  if (outcome.kind !== "planned") throw new Error(`${dialect}: ${JSON.stringify(outcome)}`);
  return outcome.plan;
}

for (const dialect of DIALECTS) {
  test(`every mutant of a plan of ${dialect} that changes a packet's fate is caught, and no other`, (context) => {
    const { chains, policy } = planned(dialect);
    const intent = policyIntent(policy);
    const all = [...mutants(chains)];
    const packets = boundaryPackets([chains, ...all.map((mutant) => mutant.chains)]);
    const original = linked(chains);
    const expected = packets.map((packet) => effect(original, packet));
    const proof = proofOf(original, intent);
    let changed = 0;
    let told = 0;
    for (const { kind, chains: mutated } of all) {
      const mutant = linked(mutated);
      const { equal, differences } = compareRules(original, mutant, { limit: 3 });
      const isChanged = packets.some((packet, i) => effect(mutant, packet) !== expected[i]);
      assert.equal(equal, !isChanged, kind);
      for (const { example, before, after } of differences) {
        assert.deepEqual(walk(original, example).decision, before);
        assert.deepEqual(walk(mutant, example).decision, after);
        assert.notEqual(effect(original, example), effect(mutant, example));
      }
      if (isChanged) changed++;
      const isTold = proofOf(mutant, intent) !== proof;
      // What was refuted before may stay so in another way; what holds cannot change unseen.
      assert.ok(isChanged || !isTold, kind);
      if (dialect === "hardened") assert.equal(isTold, isChanged, kind);
      if (isTold) told++;
    }
    assert.ok(changed > 20);
    context.diagnostic(
      `${all.length} mutants, ${changed} caught, ${all.length - changed} equal, ${told} told by the proof; ${packets.length} packets tried on each`,
    );
  });
}
