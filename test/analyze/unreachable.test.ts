import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { Packet } from "../../src/analyze/packet.ts";
import { MAX_SHADOWS, unreachableRules } from "../../src/analyze/unreachable.ts";
import { walk } from "../../src/analyze/walk.ts";
import { DIALECTS, type Dialect, type MeshConfig } from "../../src/policy/inputs.ts";
import type { Chain, Match, Rule } from "../../src/ruleset/rule.ts";
import {
  ACCEPT,
  destination,
  destinationPort,
  inInterface,
  jump,
  not,
  outInterface,
  ownedBy,
  RETURN,
  redirect,
  TCP,
  UDP,
} from "../../src/ruleset/vocabulary.ts";
import { provedPlan } from "../proof/proved-plan.ts";
import { packet, tableChains } from "./arbitraries.ts";
import { chain, linked, range, rule, sent, text } from "./linked.ts";

/** Each unreachable rule with its cause, as a line. */
function unreachable(chains: readonly Chain[]): readonly string[] {
  return unreachableRules(linked(chains)).map(({ rule: dead, cause }) => {
    const by =
      cause.kind === "shadowed" ? `: ${cause.by.map(text).join(", ")}${cause.complete ? "" : ", …"}` : "";
    return `${text(dead)} ${cause.kind}${by}`;
  });
}

function planned(dialect: Dialect, meshConfig: MeshConfig = {}): readonly Chain[] {
  const outcome = provedPlan({ meshConfig, options: { dialect, enforcement: "report" } });
  if (outcome.kind !== "planned") throw new Error(outcome.kind);
  return outcome.plan.chains;
}

const EVERYTHING = rule([TCP], redirect(15001));

test("a rule behind one that takes all its packets is shadowed by it", () => {
  const output = chain(
    "nat",
    "OUTPUT",
    rule([destination(range("10.0.0.0/8"))], RETURN),
    rule([destination(range("10.1.0.0/16"))], ACCEPT),
  );
  assert.deepEqual(unreachable([output]), [
    "-A OUTPUT -d 10.1.0.0/16 -j ACCEPT shadowed: -A OUTPUT -d 10.0.0.0/8 -j RETURN",
  ]);
});

test("rules that only together take all packets of another are all named, in order", () => {
  const halves = ["10.0.0.0/9", "10.128.0.0/9"].map((half) => rule([destination(range(half))], RETURN));
  const output = chain(
    "nat",
    "OUTPUT",
    rule([destinationPort(1), TCP], ACCEPT),
    ...halves,
    rule([destination(range("10.0.0.0/8"))], ACCEPT),
  );
  assert.deepEqual(unreachable([output]), [
    "-A OUTPUT -d 10.0.0.0/8 -j ACCEPT shadowed: -A OUTPUT -d 10.0.0.0/9 -j RETURN, -A OUTPUT -d 10.128.0.0/9 -j RETURN",
  ]);
});

test("a rule that is shadowed itself is never named as a shadow", () => {
  const output = chain(
    "nat",
    "OUTPUT",
    ...["10.0.0.0/8", "10.1.0.0/16", "10.1.1.0/24"].map((wider) => rule([destination(range(wider))], RETURN)),
  );
  assert.deepEqual(unreachable([output]), [
    "-A OUTPUT -d 10.1.0.0/16 -j RETURN shadowed: -A OUTPUT -d 10.0.0.0/8 -j RETURN",
    "-A OUTPUT -d 10.1.1.0/24 -j RETURN shadowed: -A OUTPUT -d 10.0.0.0/8 -j RETURN",
  ]);
});

test("at most a stated number of shadows is named, and the rest is owned up to", () => {
  const all = Array.from({ length: 32 }, (_, i) => rule([destination(range(`${i * 8}.0.0.0/5`))], RETURN));
  const [dead] = unreachableRules(linked([chain("nat", "OUTPUT", ...all, rule([], ACCEPT))]));
  assert.equal(dead?.cause.kind === "shadowed" && dead.cause.by.length, MAX_SHADOWS);
  assert.equal(dead?.cause.kind === "shadowed" && dead.cause.complete, false);
});

test("a rule whose own conditions exclude each other never matches", () => {
  const output = chain(
    "nat",
    "OUTPUT",
    rule([TCP, UDP], ACCEPT),
    rule([not(ownedBy(1)), ownedBy(1)], ACCEPT),
  );
  assert.deepEqual(
    unreachable([output]).map((line) => line.split(" ").at(-1)),
    ["never-matches", "never-matches"],
  );
});

test("a port match without a protocol that has ports never matches", () => {
  const icmp: Match = { kind: "protocol", negated: false, protocol: "icmp" };
  assert.deepEqual(unreachable([chain("nat", "OUTPUT", rule([icmp, destinationPort(80)], ACCEPT))]), [
    "-A OUTPUT -p icmp -m icmp --dport 80 -j ACCEPT never-matches",
  ]);
});

test("packets have no owner on the way in, no in-interface on the way out and no out-interface on the way in", () => {
  const chains = [
    chain(
      "nat",
      "PREROUTING",
      rule([ownedBy(0)], ACCEPT),
      rule([outInterface("eth0")], ACCEPT),
      rule([not(ownedBy(0))], ACCEPT),
    ),
    chain("nat", "OUTPUT", rule([inInterface("eth0")], ACCEPT)),
  ];
  assert.deepEqual(unreachable(chains), [
    "-A PREROUTING -m owner --uid-owner 0 -j ACCEPT never-matches",
    "-A PREROUTING -o eth0 -j ACCEPT never-matches",
    "-A OUTPUT -i eth0 -j ACCEPT never-matches",
  ]);
});

test("the nat table never sees a packet come in by lo, and other tables do", () => {
  const byLo = rule([inInterface("lo")], ACCEPT);
  assert.deepEqual(unreachable([chain("nat", "PREROUTING", byLo), chain("mangle", "PREROUTING", byLo)]), [
    "-A PREROUTING -i lo -j ACCEPT never-matches",
  ]);
});

test("what is sent to a loopback address leaves by lo", () => {
  const output = chain(
    "nat",
    "OUTPUT",
    rule([outInterface("lo")], RETURN),
    rule([destination(range("127.0.0.0/8"))], ACCEPT),
  );
  assert.deepEqual(unreachable([output]), [
    "-A OUTPUT -d 127.0.0.0/8 -j ACCEPT shadowed: -A OUTPUT -o lo -j RETURN",
  ]);
});

test("a rule that its callers send nothing to says so", () => {
  const chains = [
    chain("nat", "OUTPUT", rule([TCP], jump("CALLED"))),
    chain("nat", "CALLED", rule([UDP], ACCEPT), EVERYTHING),
    chain("nat", "ALONE", EVERYTHING),
  ];
  assert.deepEqual(unreachable(chains), [
    "-A CALLED -p udp -j ACCEPT not-called",
    "-A ALONE -p tcp -j REDIRECT --to-ports 15001 not-called",
  ]);
});

test("a rule whose packets are taken before its chain is called is shadowed by the rule in the caller", () => {
  const chains = [
    chain("nat", "OUTPUT", rule([destination(range("10.0.0.0/8"))], RETURN), rule([TCP], jump("CALLED"))),
    chain("nat", "CALLED", rule([destination(range("10.1.0.0/16"))], ACCEPT), EVERYTHING),
  ];
  assert.deepEqual(unreachable(chains), [
    "-A CALLED -d 10.1.0.0/16 -j ACCEPT shadowed: -A OUTPUT -d 10.0.0.0/8 -j RETURN",
  ]);
});

test("a chain that two hooks lead to is reached when either of them reaches it", () => {
  const chains = [
    chain("nat", "PREROUTING", rule([], jump("BOTH"))),
    chain("nat", "OUTPUT", rule([], jump("BOTH"))),
    chain(
      "nat",
      "BOTH",
      rule([ownedBy(1500)], RETURN),
      rule([inInterface("eth0")], RETURN),
      rule([ownedBy(1500)], ACCEPT),
    ),
  ];
  assert.deepEqual(unreachable(chains), [
    "-A BOTH -m owner --uid-owner 1500 -j ACCEPT shadowed: -A BOTH -m owner --uid-owner 1500 -j RETURN",
  ]);
});

test("a rule behind one whose condition is not modelled is not called unreachable, and one of the same steady condition is", () => {
  const local: Match = { kind: "unknown", name: "addrtype", text: "-m addrtype --dst-type LOCAL" };
  const coin: Match = {
    kind: "unknown",
    name: "statistic",
    text: "-m statistic --mode random --probability 0.5",
  };
  const output = chain(
    "nat",
    "OUTPUT",
    ...[local, local, coin, coin].map((match) => rule([match], RETURN)),
    EVERYTHING,
  );
  assert.deepEqual(unreachable([output]), [
    "-A OUTPUT -m addrtype --dst-type LOCAL -j RETURN shadowed: -A OUTPUT -m addrtype --dst-type LOCAL -j RETURN",
  ]);
});

const ADMIN_SHADOWED = (prefix: string, chainName: string) =>
  `-A ${prefix}${chainName} -p tcp -m tcp --dport 15000 -j ACCEPT shadowed: -A ${prefix}${chainName} -p tcp -j REDIRECT --to-ports 15001`;

const LOOPBACK_SHADOWED = (prefix: string) =>
  `-A ${prefix}OUTBOUND -d 127.0.0.1/32 -j RETURN shadowed: -A ${prefix}OUTBOUND -o lo -m owner ! --uid-owner 1500 -j RETURN, -A ${prefix}OUTBOUND -m owner --uid-owner 1500 -j RETURN`;

const DEAD_RULES: { readonly [dialect in Dialect]: readonly string[] } = {
  "osm-v0.8": [ADMIN_SHADOWED("PROXY_", "REDIRECT")],
  "osm-v0.11": [ADMIN_SHADOWED("PROXY_", "REDIRECT")],
  "osm-v1.0": [LOOPBACK_SHADOWED("OSM_PROXY_"), ADMIN_SHADOWED("OSM_PROXY_", "OUT_REDIRECT")],
  "osm-v1.1": [LOOPBACK_SHADOWED("OSM_PROXY_"), ADMIN_SHADOWED("OSM_PROXY_", "OUT_REDIRECT")],
  "osm-v1.2": [LOOPBACK_SHADOWED("OSM_PROXY_"), ADMIN_SHADOWED("OSM_PROXY_", "OUT_REDIRECT")],
  "fsm-v1.4": [LOOPBACK_SHADOWED("FSM_PROXY_"), ADMIN_SHADOWED("FSM_PROXY_", "OUT_REDIRECT")],
  "fsm-v1.5": [LOOPBACK_SHADOWED("FSM_PROXY_"), ADMIN_SHADOWED("FSM_PROXY_", "OUT_REDIRECT")],
  hardened: [],
};

test("the dead rules of each dialect's static text are found, and no other", () => {
  for (const dialect of DIALECTS) {
    assert.deepEqual([...unreachable(planned(dialect))].sort(), [...DEAD_RULES[dialect]].sort(), dialect);
  }
});

test("exclusions that repeat others are dead, and the rules that all plans have are judged the same beside them", () => {
  const outboundIpRangeExclusionList = ["10.1.0.0/16", "10.0.0.0/8", "192.0.2.0/24"];
  const dead = unreachable(planned("osm-v0.11", { spec: { traffic: { outboundIpRangeExclusionList } } }));
  assert.deepEqual(dead, [
    "-A PROXY_OUTPUT -d 10.1.0.0/16 -j RETURN shadowed: -A PROXY_OUTPUT -d 10.0.0.0/8 -j RETURN",
    ...DEAD_RULES["osm-v0.11"],
  ]);
});

const UNKNOWN_NAMES = [
  "-m addrtype --dst-type LOCAL in nat",
  "! -p odd in nat OUTPUT",
  "-p odd in nat FIRST",
];

test("no packet of any walk hits a rule that is called unreachable", () => {
  fc.assert(
    fc.property(
      fc
        .constantFrom("ipv4" as const, "ipv6" as const)
        .chain((family) =>
          fc.tuple(
            tableChains(family, "nat", ["PREROUTING", "OUTPUT"]),
            fc.array(packet(family, UNKNOWN_NAMES), { minLength: 50, maxLength: 50 }),
          ),
        ),
      ([chains, packets]) => {
        const ready = linked(chains);
        const dead = new Set(unreachableRules(ready).map((found) => found.rule));
        for (const each of packets) {
          for (const step of walk(ready, each).steps) {
            if (step.kind === "rule" && step.failed === undefined) assert.ok(!dead.has(step.rule));
          }
        }
      },
    ),
    { numRuns: 300 },
  );
});

test("in a universe small enough to try every packet, exactly the rules that no packet hits are unreachable", () => {
  const ports = [79, 80, 81];
  const addresses = ["10.0.0.0", "10.0.0.1", "127.0.0.1", "192.0.2.1"];
  const packets: Packet[] = [];
  for (const protocol of [6, 17, 132, 1]) {
    for (const port of protocol === 1 ? [0] : ports) {
      for (const to of addresses) {
        for (const uid of [1499, 1500]) {
          for (const name of to === "127.0.0.1" ? ["lo"] : ["lo", "eth0"]) {
            const words = sent({ protocol, port, to, uid, interface: name });
            packets.push(protocol === 1 ? { ...words, source: { ...words.source, port: 0 } } : words);
          }
        }
      }
    }
  }
  const match = fc.constantFrom<Match>(
    TCP,
    UDP,
    destinationPort(80),
    not(destinationPort(80)),
    ownedBy(1500),
    not(ownedBy(1500)),
    outInterface("lo"),
    not(outInterface("lo")),
    destination(range("10.0.0.0/31")),
    destination(range("10.0.0.1/32")),
    not(destination(range("127.0.0.0/8"))),
  );
  const rules = (callable: readonly string[]): fc.Arbitrary<Rule[]> =>
    fc.array(
      fc
        .tuple(
          fc.array(match, { maxLength: 3 }),
          fc.constantFrom(RETURN, ACCEPT, redirect(1), ...callable.map(jump)),
        )
        .map(([matches, target]) => rule(matches, target)),
      { maxLength: 6 },
    );
  fc.assert(
    fc.property(rules(["OWN"]), rules([]), (output, own) => {
      const ready = linked([chain("nat", "OUTPUT", ...output), chain("nat", "OWN", ...own)]);
      const hit = new Set<object>();
      for (const each of packets) {
        for (const step of walk(ready, each).steps) {
          if (step.kind === "rule" && step.failed === undefined) hit.add(step.rule);
        }
      }
      const dead = new Set<object>(unreachableRules(ready).map((found) => found.rule));
      for (const { rules: all } of ready.all)
        for (const { ref } of all) assert.equal(dead.has(ref), !hit.has(ref), text(ref));
    }),
    { numRuns: 300 },
  );
});
