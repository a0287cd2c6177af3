import assert from "node:assert/strict";
import { test } from "node:test";
import { compareRules } from "../../src/analyze/compare.ts";
import { fateKey } from "../../src/analyze/fate.ts";
import type { LinkedChains } from "../../src/analyze/link.ts";
import type { Packet } from "../../src/analyze/packet.ts";
import { walk } from "../../src/analyze/walk.ts";
import { type Cidr, cidrInterval, cidrOf } from "../../src/net/cidr.ts";
import { planPod } from "../../src/plan.ts";
import { DIALECTS, type Dialect } from "../../src/policy/inputs.ts";
import type { Chain, Match, Rule, Target } from "../../src/ruleset/rule.ts";
import { linked, received, sent } from "./linked.ts";

/** Every rule set that differs from `chains` in one place. */
function* mutants(
  chains: readonly Chain[],
): Generator<{ readonly kind: string; readonly chains: readonly Chain[] }> {
  for (const [at, chain] of chains.entries()) {
    const withRules = (kind: string, rules: readonly Rule[]) => ({
      kind,
      chains: chains.with(at, { ...chain, rules }),
    });
    for (const [index, rule] of chain.rules.entries()) {
      const next = chain.rules[index + 1];
      yield withRules("delete", chain.rules.toSpliced(index, 1));
      yield withRules("duplicate", chain.rules.toSpliced(index, 0, rule));
      yield withRules("duplicate at the end", [...chain.rules, rule]);
      if (next !== undefined) yield withRules("swap", chain.rules.with(index, next).with(index + 1, rule));
      for (const target of otherTargets(rule.target))
        yield withRules("target", chain.rules.with(index, { ...rule, target }));
      for (const [place, match] of rule.matches.entries()) {
        yield withRules(
          "fewer conditions",
          chain.rules.with(index, { ...rule, matches: rule.matches.toSpliced(place, 1) }),
        );
        for (const other of otherMatches(match)) {
          yield withRules(
            match.kind,
            chain.rules.with(index, { ...rule, matches: rule.matches.with(place, other) }),
          );
        }
      }
    }
  }
}

function otherTargets(target: Target): readonly Target[] {
  switch (target.kind) {
    case "redirect":
      return [{ kind: "redirect", port: target.port === 15001 ? 15003 : 15001 }, { kind: "return" }];
    case "jump":
      return [{ kind: "goto", chain: target.chain }, { kind: "accept" }, { kind: "none" }];
    case "return":
      return [{ kind: "accept" }, { kind: "none" }, { kind: "redirect", port: 15001 }];
    default:
      return [{ kind: "return" }, { kind: "none" }];
  }
}

function otherMatches(match: Match): readonly Match[] {
  const turned = "negated" in match ? [{ ...match, negated: !match.negated }] : [];
  switch (match.kind) {
    case "destination": {
      const { range } = match;
      const next = { family: range.family, value: cidrInterval(range).end } as const;
      return [...turned, { ...match, range: wider(range) }, { ...match, range: cidrOf(next, range.prefix) }];
    }
    case "destination-port":
      return [...turned, { ...match, range: { first: match.range.first, last: match.range.last + 1 } }];
    case "destination-multiport":
      return [...turned, { ...match, ranges: match.ranges.slice(1) }].filter(
        (other) => !("ranges" in other) || other.ranges.length > 0,
      );
    case "owner-uid":
      return [...turned, { ...match, ids: { first: match.ids.first, last: match.ids.last + 1 } }];
    case "protocol":
      return [...turned, { ...match, protocol: match.protocol === "tcp" ? "udp" : "tcp" }];
    default:
      return turned;
  }
}

function wider({ family, address: value, prefix }: Cidr): Cidr {
  return cidrOf({ family, value }, Math.max(prefix - 1, 0));
}

/** One packet for every combination of values at which some rule can change its mind; of UDP, to a few ports. */
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
    for (const port of protocol === 6 ? ports : [...ports].slice(0, 3)) {
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

function planned(dialect: Dialect): readonly Chain[] {
  const traffic = {
    outboundIpRangeExclusionList: ["10.0.0.0/8", "10.1.0.0/16", "192.0.2.0/25"],
    outboundPortExclusionList: [80, 6379],
    inboundPortExclusionList: [8081],
    networkInterfaceExclusionList: ["eth1"],
  };
  const ranges = { outboundIpRangeExclusionList: traffic.outboundIpRangeExclusionList };
  const meshConfig = { spec: { traffic: dialect === "osm-v0.8" ? ranges : traffic } };
  const outcome = planPod({ meshConfig, options: { dialect, enforcement: "report", ipFamilies: "ipv4" } });
  if (outcome.kind !== "planned") throw new Error(`${dialect}: ${JSON.stringify(outcome)}`);
  return outcome.plan.chains;
}

for (const dialect of DIALECTS) {
  test(`every mutant of a plan of ${dialect} that changes a packet's fate is caught, and no other`, (context) => {
    const chains = planned(dialect);
    const all = [...mutants(chains)];
    const packets = boundaryPackets([chains, ...all.map((mutant) => mutant.chains)]);
    const original = linked(chains);
    const expected = packets.map((packet) => effect(original, packet));
    let changed = 0;
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
    }
    assert.ok(changed > 20);
    context.diagnostic(
      `${all.length} mutants, ${changed} caught, ${all.length - changed} equal; ${packets.length} packets tried on each`,
    );
  });
}
