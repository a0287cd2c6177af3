import assert from "node:assert/strict";
import { test } from "node:test";
import type { Finding } from "../../../src/policy/finding.ts";
import { forEachInNamespace, slice } from "./each.ts";
import type { Namespace, Outcome } from "./namespace.ts";
import { lacking } from "./requirements.ts";
import { listed, type Saved, saved } from "./saved.ts";
import { POD_ENVIRONMENT, SCENARIOS, type Scenario } from "./scenarios.ts";
import { BACK_ENDS, type BackEnd, toolbox } from "./toolbox.ts";

const skip = lacking();

/** What a second run does: what `NOT_RERUNNABLE` says, what `RERUN_DUPLICATES_RULES` says, or nothing. */
type SecondRun = "fails" | "doubles" | "changes nothing";

function foretold(findings: readonly Finding[]): SecondRun {
  const has = (code: Finding["code"]) => findings.some((finding) => finding.code === code);
  if (has("NOT_RERUNNABLE")) return "fails";
  return has("RERUN_DUPLICATES_RULES") ? "doubles" : "changes nothing";
}

/** The kernel's rules after runs of a script. */
interface Run {
  readonly outcome: Outcome;
  readonly state: Saved | string;
}

async function runs(
  namespace: Namespace,
  { name, format, plan }: Scenario,
  backEnd: BackEnd,
  count: number,
): Promise<readonly Run[]> {
  const env = { PATH: toolbox(namespace, { plain: backEnd }), ...POD_ENVIRONMENT };
  const done: Run[] = [];
  for (let run = 0; run < count; run++) {
    const outcome = await namespace.run("/bin/sh", ["-c", plan.script], { env });
    const state = format === "nftables" ? await listed(namespace) : await saved(namespace, backEnd);
    done.push({ outcome, state });
  }
  assert.equal(done[0]?.outcome.code, 0, name);
  // What ran more than once may be beyond the script's own cleanup.
  await namespace.run("iptables-legacy-restore", [], { input: EMPTY });
  await namespace.run("ip6tables-legacy-restore", [], { input: EMPTY });
  await namespace.run("nft", ["flush", "ruleset"]);
  return done;
}

const EMPTY = "*nat\nCOMMIT\n";

/** What the second run did, as far as it is one of the three. */
function observed(runs: readonly Run[]): SecondRun | undefined {
  const [first, second] = runs;
  if (first === undefined || second === undefined) return undefined;
  if (second.outcome.code !== 0) {
    return second.outcome.stderr.includes("Chain already exists") ? "fails" : undefined;
  }
  const all = (state: Saved | string) => JSON.stringify(state);
  if (runs.every(({ outcome, state }) => outcome.code === 0 && all(state) === all(first.state))) {
    return "changes nothing";
  }
  return typeof first.state === "object" && all(second.state) === all(doubled(first.state))
    ? "doubles"
    : undefined;
}

/** The same with every rule of a built-in chain twice: one insertion is in front of the others, additions are behind. */
function doubled(state: Saved): Saved {
  return Object.fromEntries(
    Object.entries(state).map(([name, rules]) => {
      if (!/ (?:PREROUTING|OUTPUT)$/.test(name)) return [name, rules];
      const front = rules.filter((rule) => rule.includes("--to-destination 10.244.0.7"));
      const rest = rules.filter((rule) => !front.includes(rule));
      return [name, [...front, ...front, ...rest, ...rest]];
    }),
  );
}

for (const backEnd of BACK_ENDS) {
  test(`on ${backEnd}, a second run does what the findings say, and hardened scripts change nothing`, {
    skip,
  }, async (t) => {
    const scenarios = slice(
      SCENARIOS.filter(({ format }) => format !== "nftables"),
      8,
    );
    await forEachInNamespace(scenarios, async (namespace, scenario) => {
      const done = await runs(namespace, scenario, backEnd, 3);
      assert.equal(observed(done), foretold(scenario.plan.findings), scenario.name);
      if (scenario.dialect === "hardened") assert.equal(foretold(scenario.plan.findings), "changes nothing");
    });
    t.diagnostic(`${scenarios.length} scripts`);
  });
}

test("in nft, a second and a third run of any script change nothing", { skip }, async (t) => {
  const scenarios = slice(
    SCENARIOS.filter(({ format }) => format === "nftables"),
    8,
  );
  await forEachInNamespace(scenarios, async (namespace, scenario) => {
    const done = await runs(namespace, scenario, "nf_tables", 3);
    assert.equal(observed(done), "changes nothing", scenario.name);
    assert.equal(foretold(scenario.plan.findings), "changes nothing", scenario.name);
  });
  t.diagnostic(`${scenarios.length} scripts`);
});
