import assert from "node:assert/strict";
import { test } from "node:test";
import { forEachInNamespace, slice } from "./each.ts";
import type { Namespace } from "./namespace.ts";
import { OTHER_RULES_LATER, OTHER_TABLES, otherRules } from "./other-rules.ts";
import { lacking } from "./requirements.ts";
import { listed, saved } from "./saved.ts";
import { POD_ENVIRONMENT, SCENARIOS, type Scenario } from "./scenarios.ts";
import { BACK_ENDS, programOf, toolbox } from "./toolbox.ts";

const skip = lacking();

function ownChain({ plan }: Scenario): string {
  const chain = plan.chains.find(({ hook }) => hook === undefined);
  if (chain === undefined) throw new Error("a plan has chains of its own");
  return chain.name;
}

for (const backEnd of BACK_ENDS) {
  test(`on ${backEnd}, a cleanup leaves exactly the rules of other tools`, { skip }, async (t) => {
    const scenarios = slice(
      SCENARIOS.filter(({ format }) => format !== "nftables"),
      12,
    );
    await forEachInNamespace(scenarios, async (namespace, scenario) => {
      const { name, plan } = scenario;
      const env = { PATH: toolbox(namespace, { plain: backEnd }), ...POD_ENVIRONMENT };
      const other = async (input: string, ...args: readonly string[]) => {
        for (const family of ["ipv4", "ipv6"] as const) {
          const done = await namespace.run(programOf(backEnd, family, "-restore"), args, { input });
          assert.equal(done.code, 0, done.stderr);
        }
      };
      const script = async (text: string) => {
        const done = await namespace.run("/bin/sh", ["-c", text], { env });
        assert.equal(done.code, 0, `${name}: ${done.stderr}`);
      };
      // What the other tool leaves when there is nobody else.
      await other(otherRules(ownChain(scenario)));
      await other(OTHER_RULES_LATER, "--noflush");
      const alone = await saved(namespace, backEnd);

      await other(otherRules(ownChain(scenario)));
      await script(plan.script);
      await other(OTHER_RULES_LATER, "--noflush");
      assert.notDeepEqual(await saved(namespace, backEnd), alone, name);
      await script(plan.cleanupScript);
      assert.deepEqual(await saved(namespace, backEnd), alone, name);
    });
    t.diagnostic(`${scenarios.length} scripts`);
  });
}

test("in nft, a script and its cleanup leave the tables of other tools alone", { skip }, async (t) => {
  const scenarios = slice(
    SCENARIOS.filter(({ format }) => format === "nftables"),
    12,
  );
  await forEachInNamespace(scenarios, async (namespace, { name, plan }) => {
    const env = { PATH: toolbox(namespace, {}), ...POD_ENVIRONMENT };
    const script = async (text: string) => {
      const done = await namespace.run("/bin/sh", ["-c", text], { env });
      assert.equal(done.code, 0, `${name}: ${done.stderr}`);
    };
    await load(namespace, OTHER_TABLES);
    const alone = await listed(namespace);
    await script(plan.script);
    const both = await listed(namespace);
    assert.ok(both.startsWith(alone.trimEnd()) && both.length > alone.length, name);
    await script(plan.cleanupScript);
    assert.equal(await listed(namespace), alone, name);
    // A cleanup may come twice, or where no script ran.
    await script(plan.cleanupScript);
    assert.equal(await listed(namespace), alone, name);
  });
  t.diagnostic(`${scenarios.length} scripts`);
});

async function load(namespace: Namespace, input: string): Promise<void> {
  const { code, stderr } = await namespace.run("nft", ["-f", "-"], { input: `flush ruleset\n${input}` });
  assert.equal(code, 0, stderr);
}
