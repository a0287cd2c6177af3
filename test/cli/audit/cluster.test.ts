import assert from "node:assert/strict";
import { test } from "node:test";
import { provedPlan } from "../../proof/proved-plan.ts";
import { auditCluster } from "./cluster.ts";

test("an audit of 5,000 pods finds those to restart, on a heap that holds a part of them", async (t) => {
  const { rules, restarts, milliseconds, megabytes } = await auditCluster((input) => {
    const outcome = provedPlan(input);
    assert.ok(outcome.kind === "planned");
    return outcome.plan;
  }, 5_000);
  t.diagnostic(
    `${Math.round(milliseconds)} ms of processor time, ${Math.round(megabytes)} MB resident at most`,
  );
  const { outside = 0, current = 0, different = 0 } = rules;
  assert.equal(outside, 500);
  assert.equal(current + different, 4_500);
  assert.equal(restarts, different);
  assert.ok(Math.abs(current - different) < 100, JSON.stringify(rules));
});
