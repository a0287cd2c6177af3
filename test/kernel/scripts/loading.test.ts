import assert from "node:assert/strict";
import { test } from "node:test";
import { forEachInNamespace, slice } from "./each.ts";
import { GOLDEN_SCENARIOS } from "./golden-scenarios.ts";
import { lacking } from "./requirements.ts";
import { expected, listed, type Saved, saved } from "./saved.ts";
import { POD_ADDRESSES, POD_ENVIRONMENT, SCENARIOS, type Scenario } from "./scenarios.ts";
import { BACK_ENDS, type BackEnd, toolbox } from "./toolbox.ts";

const skip = lacking();
const ALL = [...slice(SCENARIOS, 17), ...GOLDEN_SCENARIOS];
const ofNft = ALL.filter(({ format }) => format === "nftables");

/** The scripts that a back end loads: all but those that are forced to the other one. */
function loadedBy(backEnd: BackEnd): readonly Scenario[] {
  return ALL.filter(({ format }) => format !== "nftables").filter(
    ({ plan }) => (plan.policy.iptablesBackend ?? backEnd) === backEnd,
  );
}

for (const backEnd of BACK_ENDS) {
  test(`what ${backEnd} holds after a script is the plan's chains, and after its cleanup nothing`, {
    skip,
  }, async (t) => {
    const scenarios = loadedBy(backEnd);
    await forEachInNamespace(scenarios, async (namespace, { name, plan }) => {
      const suffixed = plan.policy.iptablesBackend === undefined ? [] : [backEnd];
      const env = { PATH: toolbox(namespace, { plain: backEnd, suffixed }), ...POD_ENVIRONMENT };
      const { code, stderr } = await namespace.run("/bin/sh", ["-c", plan.script], { env });
      assert.equal(code, 0, `${name}: ${stderr}`);
      assert.deepEqual(await saved(namespace, backEnd), expected(plan.chains, POD_ADDRESSES), name);

      const cleanup = await namespace.run("/bin/sh", ["-c", plan.cleanupScript], { env });
      assert.equal(cleanup.code, 0, `cleanup of ${name}: ${cleanup.stderr}`);
      assert.deepEqual(await saved(namespace, backEnd), {} satisfies Saved, `cleanup of ${name}`);
    });
    t.diagnostic(`${scenarios.length} scripts`);
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
