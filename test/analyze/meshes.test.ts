import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { analysisOf, valueFor } from "../../src/analyze/analysis.ts";
import { compareRules } from "../../src/analyze/compare.ts";
import { decisionsOf } from "../../src/analyze/decisions.ts";
import type { LinkedChains } from "../../src/analyze/link.ts";
import type { Packet } from "../../src/analyze/packet.ts";
import { unreachableRules } from "../../src/analyze/unreachable.ts";
import { walk } from "../../src/analyze/walk.ts";
import { parseRules } from "../../src/parse/rules.ts";
import { linked, type PacketWords, received, sent, text } from "./linked.ts";

/** The rules of a live pod of another mesh. */
function dump(name: string): LinkedChains {
  const rules = parseRules(
    readFileSync(join(import.meta.dirname, "..", "parse", "dumps", `${name}.txt`), "utf8"),
  );
  if (!rules.ok) throw new Error(rules.error.text);
  return linked(rules.value.chains);
}

/** What becomes of a packet, by the walk and by the diagrams alike. */
function fate(chains: LinkedChains, packet: Packet): string {
  const { decision } = walk(chains, packet);
  const analysis = analysisOf(packet.family, chains.all);
  assert.deepEqual(valueFor(analysis, decisionsOf(analysis, chains, packet.direction), packet), decision);
  const { fate: end } = decision;
  if (end.kind === "redirected") return String(end.port);
  return end.kind === "dnat" ? `${end.address}:${end.port}` : end.kind;
}

function dead(chains: LinkedChains): readonly string[] {
  return unreachableRules(chains).map(({ rule, cause }) => {
    const by = cause.kind === "shadowed" ? ` by ${cause.by.map(text).join(" and ")}` : "";
    return `${text(rule)} is ${cause.kind}${by}`;
  });
}

/** Where packets of a pod end: from the app, from the proxy to elsewhere and to its own pod, and from the network. */
function ends(chains: LinkedChains, proxyUid: number, words: PacketWords = {}): readonly string[] {
  const own = words.family === "ipv6" ? "2001:db8::1" : "10.0.0.1";
  const loopback = words.family === "ipv6" ? "::1" : "127.0.0.1";
  return [
    fate(chains, sent({ ...words })),
    fate(chains, sent({ ...words, interface: "lo", to: loopback })),
    fate(chains, sent({ ...words, uid: proxyUid })),
    fate(chains, sent({ ...words, uid: proxyUid, interface: "lo", to: own })),
    fate(chains, sent({ ...words, uid: proxyUid, interface: "lo", to: loopback })),
    fate(chains, received({ ...words })),
    fate(chains, sent({ ...words, protocol: 17, port: 53 })),
  ];
}

test("an Istio sidecar intercepts self-calls, and its rules for the proxy's group by lo never match", () => {
  const chains = dump("istio-sidecar");
  assert.deepEqual(ends(chains, 1337), [
    "15001",
    "untouched",
    "untouched",
    "15006",
    "untouched",
    "15006",
    "untouched",
  ]);
  assert.equal(fate(chains, received({ port: 15021 })), "untouched");
  const left =
    "-A ISTIO_OUTPUT -o lo -m owner ! --uid-owner 1337 -j RETURN and -A ISTIO_OUTPUT -m owner --uid-owner 1337 -j RETURN";
  assert.deepEqual(dead(chains), [
    `-A ISTIO_OUTPUT ! -d 127.0.0.1/32 -o lo -p tcp -m tcp ! --dport 15008 -m owner --gid-owner 1337 -j ISTIO_IN_REDIRECT is shadowed by ${left}`,
    `-A ISTIO_OUTPUT -o lo -m owner ! --gid-owner 1337 -j RETURN is shadowed by ${left}`,
    `-A ISTIO_OUTPUT -d 127.0.0.1/32 -j RETURN is shadowed by ${left} and -A ISTIO_OUTPUT -m owner --gid-owner 1337 -j RETURN`,
  ]);
});

test("an Istio sidecar in TPROXY mode says that the target and the marks are not modelled", () => {
  const chains = dump("istio-tproxy");
  assert.equal(fate(chains, received()), "not-modelled");
  assert.equal(fate(chains, sent()), "untouched");
  assert.deepEqual(compareRules(chains, chains).notModelled, [
    "-j TPROXY --on-port 15006 --on-ip 0.0.0.0 --tproxy-mark 0x539/0xffffffff",
    "-m mark --mark 0x539 in mangle ISTIO_INBOUND",
  ]);
});

test("a Linkerd proxy leaves self-calls alone, and each of its rules can match", () => {
  const chains = dump("linkerd");
  assert.deepEqual(ends(chains, 2102), [
    "4140",
    "untouched",
    "untouched",
    "untouched",
    "untouched",
    "4143",
    "untouched",
  ]);
  assert.equal(fate(chains, sent({ port: 4567 })), "untouched");
  assert.equal(fate(chains, received({ port: 4190 })), "untouched");
  assert.deepEqual(dead(chains), []);
});

test("a Kuma data plane takes DNS, intercepts self-calls, and its rule for loopback never matches", () => {
  const chains = dump("kuma");
  const six = { family: "ipv6", from: "2001:db8::1", to: "2001:db8:9::9" } as const;
  assert.deepEqual(ends(chains, 5678, six), [
    "15001",
    "untouched",
    "untouched",
    "15006",
    "untouched",
    "15006",
    "15053",
  ]);
  assert.equal(fate(chains, sent({ ...six, protocol: 17, port: 53, uid: 5678 })), "untouched");
  assert.deepEqual(dead(chains), [
    "-A KUMA_MESH_OUTBOUND -d ::1/128 -j RETURN is shadowed by -A KUMA_MESH_OUTBOUND -o lo -p tcp -m tcp ! --dport 53 -m owner ! --uid-owner 5678 -j RETURN and -A KUMA_MESH_OUTBOUND -m owner --uid-owner 5678 -j RETURN and -A KUMA_MESH_OUTBOUND -p tcp -m tcp --dport 53 -j REDIRECT --to-ports 15053",
  ]);
});

test("a Consul proxy sends DNS queries on by a rewritten address, and leaves self-calls alone", () => {
  const chains = dump("consul");
  assert.deepEqual(ends(chains, 5995), [
    "15001",
    "untouched",
    "untouched",
    "untouched",
    "untouched",
    "20000",
    "untouched",
  ]);
  assert.equal(
    fate(chains, sent({ protocol: 17, port: 53, to: "127.0.0.1", interface: "lo" })),
    "127.0.0.1:8600",
  );
  assert.equal(fate(chains, sent({ to: "10.9.9.9" })), "untouched");
  assert.deepEqual(dead(chains), []);
});

test("the rules of a node are read and compared as they stand, and what is not modelled in them is named", () => {
  for (const name of ["docker", "kube-proxy", "calico"]) {
    const chains = dump(name);
    const { equal, notModelled } = compareRules(chains, chains);
    assert.equal(equal, true);
    assert.ok(notModelled.length > 0, name);
    for (const { cause } of unreachableRules(chains)) assert.equal(cause.kind, "not-called");
  }
});
