import assert from "node:assert/strict";
import { test } from "node:test";
import { forEachInNamespace, slice } from "./each.ts";
import type { Namespace } from "./namespace.ts";
import { OTHER_RULES_LATER, OTHER_TABLES, otherRules } from "./other-rules.ts";
import { repairScript } from "./repair-script.ts";
import { lacking } from "./requirements.ts";
import { expected, listed, type Saved, saved } from "./saved.ts";
import { POD_ADDRESSES, POD_ENVIRONMENT, SCENARIOS, type Scenario } from "./scenarios.ts";
import { BACK_ENDS, type BackEnd, programOf, toolbox } from "./toolbox.ts";

const skip = lacking();

/** Each plan as what is wanted, with another one, as a rule of another dialect, as what is there. */
function pairs(isIts: (scenario: Scenario) => boolean, step: number) {
  const all = SCENARIOS.filter(isIts);
  const paired = all.map((wanted, at) => ({ wanted, live: all[(at * 7 + 3) % all.length] ?? wanted }));
  return slice(paired, step);
}

/** The rules of iptables in a namespace, as a tool that keeps them there. */
function iptables(namespace: Namespace, backEnd: BackEnd) {
  const env = { PATH: toolbox(namespace, { plain: backEnd, suffixed: [backEnd] }), ...POD_ENVIRONMENT };
  const run = async (program: string, args: readonly string[] = [], input = "") => {
    const { code, stdout, stderr } = await namespace.run(program, args, { env, input });
    assert.equal(code, 0, `${program}: ${stderr}`);
    return stdout;
  };
  const forFamilies = async (job: "-restore" | "-save", args: readonly string[], input?: string) =>
    (await run(programOf(backEnd, "ipv4", job), args, input)) +
    (await run(programOf(backEnd, "ipv6", job), args, input));
  return {
    load: (rules: string, ...args: readonly string[]) => forFamilies("-restore", args, rules),
    dump: () => forFamilies("-save", []),
    script: (text: string) => run("/bin/sh", ["-c", text]),
  };
}

/** Which rules of a dump no plan has: for each chain, in their order. */
function without(state: Saved, own: Saved): Saved {
  return Object.fromEntries(
    Object.entries(state).flatMap(([chain, rules]) => {
      if (own[chain] !== undefined && !/ (?:PREROUTING|OUTPUT)$/.test(chain)) return [];
      const others = rules.filter((rule) => own[chain]?.includes(rule) !== true);
      return others.length === 0 && own[chain] !== undefined ? [] : [[chain, others]];
    }),
  );
}

for (const backEnd of BACK_ENDS) {
  test(`on ${backEnd}, a repair makes the rules of any plan those of any other, and leaves those of other tools`, {
    skip,
  }, async (t) => {
    const tried = pairs(({ format }) => format === "restore", 6);
    await forEachInNamespace(tried, async (namespace, { live, wanted }) => {
      const { load, dump, script } = iptables(namespace, backEnd);
      const name = `${live.name} to ${wanted.name}`;
      await load(otherRules("PROXY_INBOUND"));
      await load(OTHER_RULES_LATER, "--noflush");
      const alone = await saved(namespace, backEnd);
      await load(otherRules("PROXY_INBOUND"));
      await script(live.plan.script);
      // A second run of the scripts of OSM and FSM doubles their rules in the built-in chains.
      if (live.dialect !== "hardened") await script(live.plan.script);
      await load(OTHER_RULES_LATER, "--noflush");

      const was = await saved(namespace, backEnd);
      const repair = repairScript({ case: "iptablesSave", value: await dump() }, wanted.plan);
      await script(repair);
      const state = await saved(namespace, backEnd);
      const own = expected(wanted.plan.chains, POD_ADDRESSES);
      assert.deepEqual(without(state, own), alone, name);
      for (const [chain, rules] of Object.entries(own)) {
        // In the place of the first rule that goes, behind all where none does.
        const others = alone[chain] ?? [];
        const first = (was[chain] ?? []).findIndex((rule) => !others.includes(rule));
        const place = first === -1 ? others.length : first;
        assert.deepEqual(state[chain]?.slice(place, place + rules.length), rules, `${name}: ${chain}`);
      }
      await script(repair);
      assert.deepEqual(await saved(namespace, backEnd), state, `${name}: a second run`);
    });
    t.diagnostic(`${tried.length} repairs`);
  });
}

test("in nft, a repair makes the table that the script of the wanted plan makes", { skip }, async (t) => {
  const tried = pairs(({ format, feature }) => format === "nftables" && !/^PodIP mode$/.test(feature), 12);
  await forEachInNamespace(tried, async (namespace, { live, wanted }) => {
    const env = { PATH: toolbox(namespace, {}), ...POD_ENVIRONMENT };
    const run = async (program: string, args: readonly string[], input = "") => {
      const { code, stdout, stderr } = await namespace.run(program, args, { env, input });
      assert.equal(code, 0, `${live.name} to ${wanted.name}: ${stderr}`);
      return stdout;
    };
    const restart = () => run("nft", ["-f", "-"], `flush ruleset\n${OTHER_TABLES}`);
    await restart();
    await run("/bin/sh", ["-c", wanted.plan.script]);
    const meant = await listed(namespace);
    await restart();
    await run("/bin/sh", ["-c", live.plan.script]);
    const json = await run("nft", ["-j", "list", "ruleset"]);
    const repair = repairScript({ case: "nftJson", value: json }, wanted.plan);
    for (const time of ["first", "second"]) {
      await run("/bin/sh", ["-c", repair]);
      assert.equal(await listed(namespace), meant, `${live.name} to ${wanted.name}: the ${time} run`);
    }
  });
  t.diagnostic(`${tried.length} repairs`);
});
