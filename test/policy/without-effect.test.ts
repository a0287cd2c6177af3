import assert from "node:assert/strict";
import { test } from "node:test";
import type { PlanInput } from "../../src/policy/inputs.ts";
import { provedPlan } from "../proof/proved-plan.ts";
import { traffic } from "./finding-cases/finding-case.ts";

/** Each finding that is told of an input of the hardened dialect, as `CODE field: message`. */
function told(input: PlanInput): readonly string[] {
  const outcome = provedPlan({ ...input, options: { dialect: "hardened", ...input.options } });
  assert.notEqual(outcome.kind, "inexpressible");
  const findings = outcome.kind === "planned" ? outcome.plan.findings : [];
  return findings.map(({ code, field, message }) => `${code} ${field}: ${message}`);
}

const LISTS = "meshConfig.spec.traffic";

test("ranges that are every address only together switch interception off, and it is said of their family", () => {
  const halves = ["128.0.0.0/1", "0.0.0.0/2", "64.0.0.0/2", "::/1"];
  assert.deepEqual(told(traffic({ outboundIpRangeExclusionList: halves }, "hardened")), [
    `EXCLUDES_EVERYTHING ${LISTS}.outboundIPRangeExclusionList[0]: 128.0.0.0/1 and the other excluded ranges are every IPv4 address: outbound interception is off`,
  ]);
  assert.deepEqual(told(traffic({ outboundIpRangeExclusionList: halves.slice(1) }, "hardened")), []);
  const sources = ["::/1", "8000::/1"];
  assert.deepEqual(told({ options: { inboundSourceRangeExclusions: sources } }), [
    "EXCLUDES_EVERYTHING options.inboundSourceRangeExclusions[0]: ::/1 and the other excluded ranges are every IPv6 address: inbound interception is off",
  ]);
});

test("many ranges of all sizes that leave one address out do not switch interception off", () => {
  const but = (prefixes: number) => Array.from({ length: prefixes }, (_, i) => `${block(i)}/${i + 1}`);
  assert.deepEqual(told(traffic({ outboundIpRangeExclusionList: but(32) }, "hardened")), []);
  assert.match(
    told(traffic({ outboundIpRangeExclusionList: [...but(32), "255.255.255.255/32"] }, "hardened"))[0] ?? "",
    /^EXCLUDES_EVERYTHING/,
  );
});

/** The first address behind the blocks of the halves, quarters and so on before it. */
function block(index: number): string {
  const start = 2 ** 32 - 2 ** (32 - index);
  return [24, 16, 8, 0].map((shift) => Math.floor(start / 2 ** shift) % 256).join(".");
}

test("ports that are every port only together switch interception off", () => {
  const inboundPortExclusions = ["1-1000", "1001-65535"];
  const every = told({ options: { inboundPortExclusions } });
  assert.equal(
    every[0],
    "EXCLUDES_EVERYTHING options.inboundPortExclusions[0]: 1-1000 and the other excluded ports are every port: inbound interception is off",
  );
  const rest = told({ options: { inboundPortExclusions: ["2-1000", "1001-65535"] } });
  assert.ok(!rest.some((line) => line.startsWith("EXCLUDES_EVERYTHING")));
});

test("a back end of iptables has no effect on a script for nft", () => {
  const iptablesBackend = "legacy";
  assert.deepEqual(told({ options: { iptablesBackend, scriptFormat: "nftables" } }), [
    "INPUT_WITHOUT_EFFECT options.iptablesBackend: A back end of iptables is chosen, and a script in the form nftables has no iptables",
  ]);
  assert.deepEqual(told({ options: { iptablesBackend, scriptFormat: "restore" } }), []);
});

test("the DNS proxy, which has an IPv4 address, has no rule in a plan for IPv6 alone", () => {
  const meshConfig = { spec: { sidecar: { localDnsProxy: { enable: true } } } };
  assert.deepEqual(told({ meshConfig, options: { ipFamilies: "ipv6" } }), [
    "INPUT_WITHOUT_EFFECT meshConfig.spec.sidecar.localDNSProxy.enable: The sidecar's DNS proxy is reached at 127.0.0.153, and the plan is for IPv6 alone",
  ]);
  assert.deepEqual(told({ meshConfig, options: { ipFamilies: "dual" } }), []);
});

test("loopback, multicast and unspecified addresses are none of a pod", () => {
  for (const ip of ["127.0.0.1", "0.0.0.0", "224.0.0.1", "255.255.255.255", "::", "::1", "ff02::1"]) {
    const outcome = provedPlan({ pod: { status: { podIps: [{ ip }] } } });
    assert.ok(outcome.kind === "refused", ip);
    assert.deepEqual(
      outcome.findings.map(({ code, message }) => `${code} ${message}`),
      [`INVALID_POD_IP '${ip}' is not an address that a pod can have`],
    );
  }
  for (const ip of ["1.0.0.0", "126.255.255.255", "128.0.0.0", "223.255.255.255", "fe80::1", "::2"]) {
    const outcome = provedPlan({ pod: { status: { podIps: [{ ip }] } }, options: { dialect: "hardened" } });
    assert.equal(outcome.kind, "planned", ip);
  }
});
