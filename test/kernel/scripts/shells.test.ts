import assert from "node:assert/strict";
import { test } from "node:test";
import { forEachInNamespace, slice } from "./each.ts";
import { lacking } from "./requirements.ts";
import { expected, listed, saved } from "./saved.ts";
import { POD_ADDRESSES, POD_ENVIRONMENT, SCENARIOS } from "./scenarios.ts";
import { SHELLS } from "./shells.ts";
import { toolbox } from "./toolbox.ts";

for (const [shell, { command, lacking: absent }] of Object.entries(SHELLS)) {
  test(`${shell} runs every script to the same end`, { skip: lacking() || absent }, async (t) => {
    const [program, ...args] = command;
    const scenarios = slice(SCENARIOS, 23);
    await forEachInNamespace(scenarios, async (namespace, { name, format, plan }) => {
      const env = { PATH: toolbox(namespace, { plain: "legacy" }), ...POD_ENVIRONMENT };
      const run = async (script: string) => {
        const { code, stderr } = await namespace.run(program, [...args, "-c", script], { env });
        assert.equal(code, 0, `${name}: ${stderr}`);
      };
      await run(plan.script);
      if (format === "nftables") assert.match(await listed(namespace), /^table ip6? proxy_redirect/);
      else assert.deepEqual(await saved(namespace, "legacy"), expected(plan.chains, POD_ADDRESSES), name);
      await run(plan.cleanupScript);
      assert.deepEqual(await saved(namespace, "legacy"), {}, name);
      assert.equal(await listed(namespace), "", name);
    });
    t.diagnostic(`${scenarios.length} scripts`);
  });
}
