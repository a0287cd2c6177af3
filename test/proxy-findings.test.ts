import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { walk } from "../src/analyze/walk.ts";
import type { PodPlan } from "../src/plan.ts";
import { linkOwn } from "../src/plan-findings.ts";
import type { Dialect } from "../src/policy/inputs.ts";
import { PROXY_PORTS, PROXY_UID } from "../src/policy/profile.ts";
import { ruleText } from "../src/render/rule-text.ts";
import { addressNumber } from "./analyze/arbitraries.ts";
import { provedPlan } from "./proof/proved-plan.ts";

/** Ranges that pods may have their addresses from, some inside others. */
const RANGES = [
  "10.0.0.0/8",
  "10.1.0.0/16",
  "10.1.2.0/24",
  "172.16.0.0/12",
  "192.168.7.0/24",
  "192.168.8.0/24",
];

const DIALECTS: readonly Dialect[] = ["osm-v1.0", "osm-v1.2", "hardened"];

/** The rule that keeps the proxy's call to the lowest address of a range from the inbound listener, by a walk of its own. */
function bypass({ chains }: PodPlan, range: string): string | undefined {
  const address = addressNumber(range.slice(0, range.indexOf("/")));
  const { fate, by } = walk(linkOwn(chains), {
    direction: "outbound",
    family: "ipv4",
    protocol: 6,
    state: "NEW",
    interface: "lo",
    owner: { uid: PROXY_UID, gid: PROXY_UID },
    source: { address, port: 49152 },
    destination: { address, port: 8080 },
    holds: new Set(),
  }).decision;
  if (fate.kind === "redirected" && fate.port === PROXY_PORTS.inbound) return undefined;
  return by && ruleText(by.chain.name, by.rule);
}

test("of each range that may hold the pod it is told which rule keeps self-calls from the proxy", () => {
  let named = 0;
  fc.assert(
    fc.property(
      fc.constantFrom(...DIALECTS),
      fc.uniqueArray(fc.constantFrom(...RANGES)),
      (dialect, ranges) => {
        const meshConfig = { spec: { traffic: { outboundIpRangeExclusionList: ranges } } };
        const outcome = provedPlan({ meshConfig, options: { dialect, ipFamilies: "ipv4" } });
        if (outcome.kind !== "planned") throw new Error(outcome.kind);
        const { plan } = outcome;
        const told = plan.findings.filter(({ code }) => code === "SELF_CALL_BYPASSES_PROXY");
        const entries = plan.policy.outboundRangeExclusions.map(({ text }) => ({
          text,
          rule: bypass(plan, text),
        }));
        const expected = entries.filter(({ rule }) => rule !== undefined);
        assert.deepEqual(
          told.map(({ message }) => message.match(/lies in (\S+),.*\('(.*)' takes it\)/)?.slice(1)),
          expected.map(({ text, rule }) => [text, rule]),
        );
        named += told.length;
      },
    ),
  );
  assert.ok(named > 50, `${named}`);
});
