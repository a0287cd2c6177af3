import assert from "node:assert/strict";
import { test } from "node:test";
import type { PodFacts } from "../../src/analyze/fate.ts";
import type { Packet } from "../../src/analyze/packet.ts";
import { walk } from "../../src/analyze/walk.ts";
import type { Chain } from "../../src/ruleset/rule.ts";
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
} from "../../src/ruleset/vocabulary.ts";
import { chain, linked, range, received, rule, sent, text } from "./linked.ts";

/** The fate of a packet, and the rule that decided it, as a line. */
function decided(chains: readonly Chain[], packet: Packet, pod?: PodFacts): string {
  const { fate, by } = walk(linked(chains), packet, pod).decision;
  const detail =
    fate.kind === "redirected"
      ? ` ${fate.port}`
      : fate.kind === "dnat"
        ? ` ${fate.address} ${fate.port ?? ""}`.trimEnd()
        : "";
  return `${fate.kind}${detail}${by === undefined ? "" : ` by ${text(by)}`}`;
}

const REDIRECT_ALL = rule([TCP], redirect(15001));

test("the first rule that decides wins", () => {
  const output = chain("nat", "OUTPUT", rule([TCP, destinationPort(80)], ACCEPT), REDIRECT_ALL);
  assert.equal(
    decided([output], sent({ port: 80 })),
    "accepted by -A OUTPUT -p tcp -m tcp --dport 80 -j ACCEPT",
  );
  assert.equal(
    decided([output], sent({ port: 81 })),
    "redirected 15001 by -A OUTPUT -p tcp -j REDIRECT --to-ports 15001",
  );
  assert.equal(decided([output], sent({ protocol: 17, port: 80 })), "untouched");
});

test("a jump comes back behind itself, and a RETURN leaves only the chain that has it", () => {
  const chains = [
    chain("nat", "OUTPUT", rule([], jump("ONE")), REDIRECT_ALL),
    chain("nat", "ONE", rule([destination(range("192.0.2.0/24"))], RETURN), rule([], jump("TWO"))),
    chain("nat", "TWO", rule([destination(range("10.0.0.0/8"))], redirect(1))),
  ];
  assert.match(decided(chains, sent({ to: "10.9.9.9" })), /^redirected 1 by -A TWO/);
  assert.match(decided(chains, sent({ to: "192.0.2.1" })), /^redirected 15001 by -A OUTPUT/);
  const { steps } = walk(linked(chains), sent({ to: "192.0.2.1" }));
  const asked = steps.map((step) =>
    step.kind === "rule" ? `${step.rule.chain.name} ${step.rule.index}` : step.policy,
  );
  assert.deepEqual(asked, ["OUTPUT 0", "ONE 0", "OUTPUT 1"]);
});

test("a goto never comes back to its own chain, but to that chain's caller", () => {
  const chains = [
    chain("nat", "OUTPUT", rule([], jump("ONE")), rule([], redirect(1))),
    chain("nat", "ONE", rule([], { kind: "goto", chain: "TWO" }), rule([], redirect(2))),
    chain("nat", "TWO", rule([], { kind: "none" })),
  ];
  assert.match(decided(chains, sent()), /^redirected 1 by/);
  const builtIn = [
    chain("nat", "OUTPUT", rule([], { kind: "goto", chain: "TWO" }), rule([], redirect(1))),
    chains[2] as Chain,
  ];
  assert.equal(decided(builtIn, sent()), "untouched");
});

test("a packet that is left alone names the RETURN that let it go", () => {
  const chains = [
    chain("nat", "OUTPUT", rule([TCP], jump("ONE"))),
    chain("nat", "ONE", rule([ownedBy(1500)], RETURN), REDIRECT_ALL),
  ];
  assert.equal(
    decided(chains, sent({ uid: 1500 })),
    "untouched by -A ONE -m owner --uid-owner 1500 -j RETURN",
  );
});

test("a packet without a socket has no owner, and so does meet the negated match", () => {
  const plain = chain("nat", "OUTPUT", rule([ownedBy(1500)], ACCEPT));
  const negated = chain("nat", "OUTPUT", rule([not(ownedBy(1500))], ACCEPT));
  const { owner: _, ...kernels } = sent();
  assert.equal(decided([plain], kernels), "untouched");
  assert.match(decided([negated], kernels), /^accepted/);
  const inbound = chain("nat", "PREROUTING", rule([not(ownedBy(1500))], ACCEPT));
  assert.match(decided([inbound], received()), /^accepted/);
});

test("where there is no such interface, only its negation and the wildcard of all names hold", () => {
  const fates = [inInterface("eth0"), inInterface("eth+"), inInterface("+"), not(inInterface("eth0"))].map(
    (match) => decided([chain("nat", "OUTPUT", rule([match], ACCEPT))], sent()).replace(/ by.*/, ""),
  );
  assert.deepEqual(fates, ["untouched", "untouched", "accepted", "accepted"]);
});

test("an interface name that ends in a plus covers every name with that beginning", () => {
  const output = chain("nat", "OUTPUT", rule([outInterface("eth+")], ACCEPT));
  const fates = ["eth0", "eth", "et", "veth0"].map((name) =>
    decided([output], sent({ interface: name })).replace(/ by.*/, ""),
  );
  assert.deepEqual(fates, ["accepted", "accepted", "untouched", "untouched"]);
});

test("the nat table is asked about the first packet of a connection alone", () => {
  const output = chain("nat", "OUTPUT", REDIRECT_ALL);
  assert.match(decided([output], sent()), /^redirected/);
  assert.equal(decided([output], sent({ state: "ESTABLISHED" })), "untouched");
});

test("what comes in by lo has met the nat table on its way out, and meets the other tables", () => {
  const chains = [
    chain("mangle", "PREROUTING", rule([destinationPort(81)], { kind: "drop" })),
    chain("nat", "PREROUTING", REDIRECT_ALL),
  ];
  assert.match(decided(chains, received()), /^redirected/);
  assert.equal(decided(chains, received({ interface: "lo" })), "untouched");
  assert.match(decided(chains, received({ interface: "lo", port: 81 })), /^dropped/);
});

test("tables are asked in the order of the kernel, whatever the order of the chains", () => {
  const log = rule([], { kind: "pass", name: "LOG", text: "LOG" });
  const tables = ["security", "filter", "nat", "mangle", "raw"] as const;
  const { steps } = walk(linked(tables.map((table) => chain(table, "OUTPUT", log))), sent());
  const asked = steps.flatMap((step) => (step.kind === "rule" ? step.rule.chain.table : []));
  assert.deepEqual(asked, ["raw", "mangle", "nat", "filter", "security"]);
});

test("tables behind the redirection see the new destination, and a drop there decides", () => {
  const chains = [
    chain("nat", "OUTPUT", REDIRECT_ALL),
    chain(
      "filter",
      "OUTPUT",
      rule([destination(range("127.0.0.1/32")), TCP, destinationPort(15001)], { kind: "drop" }),
    ),
  ];
  assert.match(decided(chains, sent()), /^dropped by/);
  const inbound = [
    chain("nat", "PREROUTING", REDIRECT_ALL),
    chain(
      "filter",
      "INPUT",
      rule([destination(range("10.0.0.1/32")), TCP, destinationPort(15001)], { kind: "drop" }),
    ),
  ];
  assert.match(decided(inbound, received()), /^dropped by/);
});

test("before connection tracking every packet is INVALID to the rules", () => {
  const match = { kind: "connection-state", negated: false, states: ["INVALID"] } as const;
  assert.match(decided([chain("raw", "OUTPUT", rule([match], { kind: "drop" }))], sent()), /^dropped/);
  assert.equal(decided([chain("filter", "OUTPUT", rule([match], { kind: "drop" }))], sent()), "untouched");
});

test("the policy of a built-in chain drops what no rule decides", () => {
  const output: Chain = { ...chain("filter", "OUTPUT", rule([TCP], ACCEPT)), policy: "drop" };
  assert.match(decided([output], sent()), /^accepted/);
  assert.equal(decided([output], sent({ protocol: 17 })), "dropped");
});

test("a DNAT to the pod's address is named by its variable until the address is known", () => {
  const dnat = rule([], { kind: "dnat", address: { kind: "environment", variable: "POD_IP" } });
  const chains = [
    chain("nat", "OUTPUT", dnat),
    chain("filter", "OUTPUT", rule([destination(range("10.0.0.7/32"))], { kind: "drop" })),
  ];
  assert.match(decided(chains, sent()), /^dnat \$POD_IP by/);
  assert.match(
    decided(chains, sent(), { addresses: [{ family: "ipv4", value: 0x0a000007n }] }),
    /^dropped by/,
  );
});

test("a condition that is not modelled is taken from the packet, and the step says so where it counts", () => {
  const local = { kind: "unknown", name: "addrtype", text: "-m addrtype --dst-type LOCAL" } as const;
  const chains = linked([chain("nat", "OUTPUT", rule([local, TCP], ACCEPT))]);
  const name = "-m addrtype --dst-type LOCAL in nat";
  const steps = (packet: Packet) => walk(chains, packet).steps[0];
  const assumed = (packet: Packet) => {
    const step = steps(packet);
    return step?.kind === "rule" ? [step.assumed, step.failed?.kind] : [];
  };
  assert.deepEqual(assumed(sent()), [[name], "unknown"]);
  assert.deepEqual(assumed(sent({ holds: [name] })), [[name], undefined]);
  assert.deepEqual(assumed(sent({ protocol: 17 })), [[], "protocol"]);
});

test("a target that is not modelled ends the walk and is named", () => {
  const chains = linked([
    chain("mangle", "PREROUTING", rule([], { kind: "unknown", name: "TPROXY", text: "TPROXY --on-port 1" })),
  ]);
  assert.deepEqual(walk(chains, received()).decision.fate, {
    kind: "not-modelled",
    target: "TPROXY --on-port 1",
  });
});

test("packets of one family never meet the rules of the other", () => {
  const output = chain("nat", "OUTPUT", rule([], ACCEPT));
  assert.equal(
    decided([output], sent({ family: "ipv6", from: "2001:db8::1", to: "2001:db8::2" })),
    "untouched",
  );
});

test("chains of one hook are asked by their priority, and the first translation is the last", () => {
  const at = (namespace: string, priority: number, port: number): Chain => ({
    ...chain("nat", "OUTPUT", rule([TCP], redirect(port))),
    namespace,
    priority,
  });
  assert.match(decided([at("late", 0, 1), at("early", -100, 2)], sent()), /^redirected 2 by/);
  const passing: Chain = { ...chain("nat", "OUTPUT", rule([], ACCEPT)), namespace: "early", priority: -150 };
  assert.match(decided([at("late", 0, 1), passing], sent()), /^redirected 1 by/);
});
