import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { MESH_OWNERSHIP } from "../../src/dialect/ownership.ts";
import { DIALECTS } from "../../src/policy/inputs.ts";
import { ruleText } from "../../src/render/rule-text.ts";
import { repairedChains, repairTables } from "../../src/ruleset/repair.ts";
import type { Chain } from "../../src/ruleset/rule.ts";
import { parsed } from "../parse/parsed.ts";
import { provedPlan } from "../proof/proved-plan.ts";

/** A chain as texts of its rules, by its place. */
function texts(chains: readonly Chain[]): Readonly<Record<string, readonly string[]>> {
  return Object.fromEntries(
    chains.map(({ family, table, name, rules }) => [
      `${family} ${table} ${name}`,
      rules.map((rule) => ruleText(name, rule)),
    ]),
  );
}

function repaired(live: readonly Chain[], wanted: readonly Chain[]): readonly Chain[] {
  return repairedChains(live, repairTables(live, wanted, MESH_OWNERSHIP));
}

function saved(...lines: readonly string[]): readonly Chain[] {
  return parsed(["*nat", ...lines, "COMMIT", ""].join("\n")).chains;
}

const PLANS = DIALECTS.map((dialect) => {
  const outcome = provedPlan({
    meshConfig: { spec: { traffic: { outboundIpRangeExclusionList: ["10.0.0.0/8"] } } },
    options: { dialect, ipFamilies: "ipv4" },
  });
  if (outcome.kind !== "planned") throw new Error(outcome.kind);
  return outcome.plan.chains;
});

/** A plan's rules among those of other tools, some before and some behind them in the built-in chains. */
const live = fc
  .tuple(
    fc.constantFrom(...PLANS),
    fc.array(fc.nat({ max: 3 }), { maxLength: 3 }),
    fc.array(fc.nat({ max: 3 }), { maxLength: 3 }),
  )
  .map(([plan, before, behind]) => {
    const rule = (port: number) => `-A OUTPUT -p tcp -m tcp --dport ${80 + port} -j OTHER`;
    const [others] = [saved(":OTHER - [0:0]", ...[...before, ...behind].map(rule), "-A OTHER -j RETURN")];
    const rules = others.find(({ name }) => name === "OUTPUT")?.rules ?? [];
    const chains = plan.map((chain) =>
      chain.name === "OUTPUT"
        ? {
            ...chain,
            rules: [...rules.slice(0, before.length), ...chain.rules, ...rules.slice(before.length)],
          }
        : chain,
    );
    return [...chains, ...others.filter(({ name }) => name === "OTHER")];
  });

test("repaired rules are the wanted ones and those of other tools, in their order and place", () => {
  fc.assert(
    fc.property(live, fc.constantFrom(...PLANS), (chains, wanted) => {
      const state = texts(repaired(chains, wanted));
      const { "ipv4 nat OUTPUT": own = [], ...rest } = texts(wanted);
      const { "ipv4 nat OUTPUT": output = [], ...found } = state;
      assert.deepEqual(found, { ...rest, "ipv4 nat OTHER": ["-A OTHER -j RETURN"] });
      const isOther = (rule: string) => rule.endsWith("-j OTHER");
      const was = texts(chains)["ipv4 nat OUTPUT"] ?? [];
      assert.deepEqual(output.filter(isOther), was.filter(isOther));
      const start = was.findIndex((rule) => !isOther(rule));
      assert.deepEqual(output.slice(start, start + own.length), own);
      assert.equal(output.length, was.filter(isOther).length + own.length);
      assert.deepEqual(texts(repaired(repaired(chains, wanted), wanted)), state);
    }),
  );
});

test("what a mesh puts into built-in chains beside jumps goes with the rest, whatever its address is", () => {
  const podIp =
    "-A OUTPUT -d 127.0.0.1/32 -o lo -p tcp -m owner --uid-owner 1500 -j DNAT --to-destination 10.1.2.3";
  const dns =
    "-A OUTPUT -d 127.0.0.153/32 -p udp -m udp --dport 53 -j DNAT --to-destination 127.0.0.153:5300";
  const other = "-A OUTPUT -d 127.0.0.1/32 -o lo -p tcp -j DNAT --to-destination 10.1.2.3";
  assert.deepEqual(texts(repaired(saved(podIp, dns, other, dns), [])), { "ipv4 nat OUTPUT": [other] });
});

test("a rule that is there twice is there once, and a chain that others jump to stays", () => {
  const wanted = saved(
    ":PROXY_OUTPUT - [0:0]",
    "-A OUTPUT -p tcp -j PROXY_OUTPUT",
    "-A PROXY_OUTPUT -j RETURN",
  );
  const twice = saved(":PROXY_OUTPUT - [0:0]", ...Array(2).fill("-A OUTPUT -p tcp -j PROXY_OUTPUT"));
  assert.deepEqual(texts(repaired(twice, wanted)), texts(wanted));
  const needed = saved(":PROXY_INBOUND - [0:0]", ":OTHER - [0:0]", "-A OTHER -j PROXY_INBOUND");
  assert.deepEqual(texts(repaired(needed, wanted)), { ...texts(wanted), ...texts(needed) });
});

test("where nothing of ours differs, there is nothing to repair", () => {
  const same = saved(":PROXY_OUTPUT - [0:0]", "-A OUTPUT -p tcp -j PROXY_OUTPUT");
  assert.deepEqual(repairTables(same, same, MESH_OWNERSHIP), []);
  assert.deepEqual(repairTables(saved("-A OUTPUT -p tcp -j RETURN"), [], MESH_OWNERSHIP), []);
});

test("a policy that is wanted is set", () => {
  const drop = parsed("*filter\n:INPUT DROP [0:0]\nCOMMIT\n").chains;
  assert.equal(repaired([], drop)[0]?.policy, "drop");
});
