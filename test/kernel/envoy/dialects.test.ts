import assert from "node:assert/strict";
import { test } from "node:test";
import { FULL } from "../scripts/requirements.ts";
import { findingsShown } from "./behaviour.ts";
import { casesOf, OUT_AND_IN } from "./cases.ts";
import { check } from "./check.ts";
import { inPodLab } from "./pod-lab.ts";
import { lackingForEnvoy } from "./requirements.ts";
import { ruleSets } from "./rule-sets.ts";

const skip = lackingForEnvoy();

/** The findings that tell which connections the proxy misses, or cannot make. */
const ABOUT_CONNECTIONS = ["SELF_CALL_BYPASSES_PROXY", "POD_IP_MODE_BREAKS_ADMIN", "IPV6_BYPASSES_MESH"];

for (const ruleSet of ruleSets(FULL)) {
  test(`Envoy under the rules of ${ruleSet.name}`, { skip }, async (t) => {
    await inPodLab(ruleSet, async (lab) => {
      for (const one of casesOf(ruleSet)) await t.test(one.name, () => check(lab, one));
      await t.test("nothing is between after the cleanup script", async () => {
        await lab.cleanUp();
        for (const call of OUT_AND_IN) await check(lab, { call, expected: { status: 200, hops: [] } });
      });
    });
    await t.test("the plan's findings tell what was seen, and no more", () => {
      const found = ruleSet.plan.findings
        .map(({ code }) => code)
        .filter((code) => ABOUT_CONNECTIONS.includes(code));
      assert.deepEqual(found.toSorted(), findingsShown(ruleSet).toSorted());
    });
  });
}
