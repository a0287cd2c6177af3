import assert from "node:assert/strict";
import { test } from "node:test";
import { CONNECTION_LIMIT } from "./bootstrap.ts";
import { check } from "./check.ts";
import { PEER, PEER_PORTS } from "./places.ts";
import { inPodLab } from "./pod-lab.ts";
import { lackingForEnvoy } from "./requirements.ts";
import { type RuleSet, ruleSet } from "./rule-sets.ts";

/** The same rule set without one of its commands. */
function without(command: string, { plan, ...rest }: RuleSet): RuleSet {
  const args = plan.initContainer.args.map((argument) => argument.replace(command, ""));
  assert.notDeepEqual(args, plan.initContainer.args);
  return { ...rest, plan: { ...plan, initContainer: { ...plan.initContainer, args } } };
}

test("without the rule for the proxy's user, Envoy calls itself until it may not any more, and its statistics tell", {
  skip: lackingForEnvoy(),
}, async () => {
  const exemption = " && iptables -t nat -A PROXY_OUTPUT -m owner --uid-owner 1500 -j RETURN";
  const looping = without(exemption, ruleSet("nf_tables", { options: { dialect: "osm-v0.11" } }));
  await inPodLab(looping, (lab) =>
    check(lab, {
      call: { by: "app", protocol: "tcp", address: PEER.ipv4, port: PEER_PORTS.served },
      expected: { status: undefined, hops: Array.from({ length: CONNECTION_LIMIT + 1 }, () => "outbound") },
    }),
  );
});
