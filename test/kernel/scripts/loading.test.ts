import assert from "node:assert/strict";
import { test } from "node:test";
import { forEachInNamespace, slice } from "./each.ts";
import { lacking } from "./requirements.ts";
import { expected, listed, type Saved, saved } from "./saved.ts";
import { POD_ADDRESSES, POD_ENVIRONMENT, SCENARIOS } from "./scenarios.ts";
import { BACK_ENDS, toolbox } from "./toolbox.ts";

const skip = lacking();
const ofIptables = slice(
  SCENARIOS.filter(({ format }) => format !== "nftables"),
  6,
);
const ofNft = slice(
  SCENARIOS.filter(({ format }) => format === "nftables"),
  6,
);

for (const backEnd of BACK_ENDS) {
  test(`what ${backEnd} holds after a script is the plan's chains, and after its cleanup nothing`, {
    skip,
  }, async (t) => {
    await forEachInNamespace(ofIptables, async (namespace, { name, plan }) => {
      const env = { PATH: toolbox(namespace, { plain: backEnd }), ...POD_ENVIRONMENT };
      const { code, stderr } = await namespace.run("/bin/sh", ["-c", plan.script], { env });
      assert.equal(code, 0, `${name}: ${stderr}`);
      assert.deepEqual(await saved(namespace, backEnd), expected(plan.chains, POD_ADDRESSES), name);

      const cleanup = await namespace.run("/bin/sh", ["-c", plan.cleanupScript], { env });
      assert.equal(cleanup.code, 0, `cleanup of ${name}: ${cleanup.stderr}`);
      assert.deepEqual(await saved(namespace, backEnd), {} satisfies Saved, `cleanup of ${name}`);
    });
    t.diagnostic(`${ofIptables.length} scripts`);
  });
}

test("nft takes every script, and its cleanup leaves nothing", { skip }, async (t) => {
  await forEachInNamespace(ofNft, async (namespace, { name, plan }) => {
    const env = { PATH: toolbox(namespace, {}), ...POD_ENVIRONMENT };
    const { code, stderr } = await namespace.run("/bin/sh", ["-c", plan.script], { env });
    assert.equal(code, 0, `${name}: ${stderr}`);
    const text = await listed(namespace);
    for (const chain of plan.chains) {
      assert.match(text, new RegExp(`^\tchain ${chain.name} \\{$`, "m"), name);
    }
    const cleanup = await namespace.run("/bin/sh", ["-c", plan.cleanupScript], { env });
    assert.equal(cleanup.code, 0, `cleanup of ${name}: ${cleanup.stderr}`);
    assert.equal(await listed(namespace), "", `cleanup of ${name}`);
  });
  t.diagnostic(`${ofNft.length} scripts`);
});
