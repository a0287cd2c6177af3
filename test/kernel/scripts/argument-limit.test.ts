import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import type { PodPlan } from "../../../src/plan.ts";
import type { Dialect } from "../../../src/policy/inputs.ts";
import { MAX_ARGUMENT_BYTES, MAX_SPLIT_SCRIPT_BYTES } from "../../../src/render/init-container.ts";
import { provedPlan } from "../../proof/proved-plan.ts";
import { inNamespace } from "./namespace.ts";
import { lacking } from "./requirements.ts";
import { expected, saved } from "./saved.ts";
import { toolbox } from "./toolbox.ts";

const notLinux = process.platform !== "linux" && "needs Linux";

/** A plan with so many exclusions, whatever its findings say. */
function excluding(ranges: number, dialect: Dialect): PodPlan {
  // Every second range of 256 addresses, so that none can be aggregated with another.
  const outboundIpRangeExclusionList = Array.from(
    { length: ranges },
    (_, i) => `10.${i >> 7}.${(i & 127) * 2}.0/24`,
  );
  const outcome = provedPlan({
    meshConfig: { spec: { traffic: { outboundIpRangeExclusionList } } },
    options: { dialect, enforcement: "report" },
  });
  if (outcome.kind !== "planned") throw new Error(outcome.kind);
  return outcome.plan;
}

function hasTooLong({ findings }: PodPlan): boolean {
  return findings.some(({ code }) => code === "SCRIPT_TOO_LONG");
}

test("the kernel starts a shell with a script of the longest length, and with none longer", {
  skip: notLinux,
}, () => {
  const start = (length: number) => spawnSync("/bin/sh", ["-c", `exit 7${" ".repeat(length - 6)}`]);
  assert.equal(start(MAX_ARGUMENT_BYTES).status, 7);
  const refused = start(MAX_ARGUMENT_BYTES + 1);
  assert.equal(refused.error && "code" in refused.error && refused.error.code, "E2BIG");
});

test("a plan is found too long exactly when the kernel refuses to start its script", {
  skip: notLinux,
}, () => {
  const starts = ({ script }: PodPlan) => {
    // With -n, a shell reads its script and runs nothing.
    const { error, status } = spawnSync("/bin/sh", ["-n", "-c", script]);
    if (error !== undefined && "code" in error && error.code === "E2BIG") return false;
    assert.equal(status, 0);
    return true;
  };
  for (const dialect of ["osm-v0.11", "osm-v1.0"] as const) {
    let [fits, long] = [2000, 4000];
    while (long - fits > 1) {
      const middle = (fits + long) >>> 1;
      const plan = excluding(middle, dialect);
      assert.equal(hasTooLong(plan), !starts(plan), `${dialect}: ${plan.script.length} bytes`);
      if (hasTooLong(plan)) long = middle;
      else fits = middle;
    }
    assert.ok(excluding(fits, dialect).script.length > MAX_ARGUMENT_BYTES - 80);
  }
});

test("a longer script of the hardened dialect starts in several arguments, and loads every rule", {
  skip: lacking(),
}, async () => {
  const plan = excluding(16_000, "hardened");
  assert.equal(hasTooLong(plan), false);
  assert.ok(plan.script.length > 4 * MAX_ARGUMENT_BYTES && plan.script.length <= MAX_SPLIT_SCRIPT_BYTES);
  const [shell = "", ...rest] = plan.initContainer.command;
  await inNamespace(async (namespace) => {
    const env = { PATH: toolbox(namespace, { plain: "legacy" }) };
    const { code, stderr } = await namespace.run(shell, [...rest, ...plan.initContainer.args], { env });
    assert.equal(code, 0, stderr);
    assert.deepEqual(await saved(namespace, "legacy"), expected(plan.chains));
  });
});
