import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { test } from "node:test";
import { inNamespace, type Namespace } from "./namespace.ts";
import { lacking, pathOf } from "./requirements.ts";
import { expected, type Saved, saved } from "./saved.ts";
import { hardenedPlan } from "./scenarios.ts";
import { toolbox } from "./toolbox.ts";

const skip = lacking("flock");
const plan = hardenedPlan({}, { iptablesBackend: "legacy" });

/** Holds the lock of iptables-legacy for the time that a body takes. */
async function holdingLock<T>({ folder }: Namespace, body: () => Promise<T>): Promise<T> {
  const holder = spawn(pathOf("flock"), [join(folder, "xtables.lock"), "sh", "-c", "echo; exec cat"]);
  await once(holder.stdout, "data");
  try {
    return await body();
  } finally {
    holder.stdin.end();
    await once(holder, "exit");
  }
}

/** The script as it is, but for how long it waits. */
function waiting(script: string, seconds: number): string {
  assert.match(script, /-w 30 /);
  return script.replaceAll("-w 30 ", `-w ${seconds} `);
}

test("a script waits for another program that holds the lock", { skip }, async () => {
  await inNamespace(async (namespace) => {
    const env = { PATH: toolbox(namespace, { suffixed: ["legacy"] }) };
    const running = await holdingLock(namespace, async () => {
      const run = namespace.run("/bin/sh", ["-c", plan.script], { env });
      const first = await Promise.race([run, new Promise((resolve) => setTimeout(resolve, 300, "waits"))]);
      assert.equal(first, "waits");
      return { run };
    });
    const { code, stderr } = await running.run;
    assert.equal(code, 0, stderr);
    assert.deepEqual(await saved(namespace, "legacy"), expected(plan.chains));
  });
});

test("when the lock stays held, script and cleanup fail, say so, and change nothing", { skip }, async () => {
  await inNamespace(async (namespace) => {
    const env = { PATH: toolbox(namespace, { suffixed: ["legacy"] }) };
    const fails = (script: string, state: Saved) =>
      holdingLock(namespace, async () => {
        const { code, stderr } = await namespace.run("/bin/sh", ["-c", waiting(script, 1)], { env });
        assert.equal(code, 1, stderr);
        assert.match(stderr, /^proxy-redirect: iptables-legacy: .*holding the xtables lock/s);
      }).then(async () => assert.deepEqual(await saved(namespace, "legacy"), state));

    await fails(plan.script, {});
    const { code } = await namespace.run("/bin/sh", ["-c", plan.script], { env });
    assert.equal(code, 0);
    await fails(plan.cleanupScript, expected(plan.chains));
  });
});
