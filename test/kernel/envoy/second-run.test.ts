import assert from "node:assert/strict";
import { test } from "node:test";
import type { ScriptFormat } from "../../../src/policy/inputs.ts";
import { FULL } from "../scripts/requirements.ts";
import type { Outcome, Seen } from "./agent-protocol.ts";
import { OUT_AND_IN } from "./cases.ts";
import { inPodLab } from "./pod-lab.ts";
import { lackingForEnvoy } from "./requirements.ts";
import { type Program, ruleSet } from "./rule-sets.ts";

const FORMS: readonly (readonly [ScriptFormat, Program])[] = [
  ["nftables", "nft"],
  ...(FULL
    ? ([
        ["restore", "nf_tables"],
        ["restore", "legacy"],
      ] as const)
    : []),
];

/** How often the script runs again. */
const RUNS = 20;

/** Whether the server saw the caller itself. */
function isBypass(outcome: Outcome): boolean {
  if (outcome.kind !== "answered") return false;
  const { caller }: Seen = JSON.parse(outcome.body);
  return caller === outcome.from;
}

for (const [scriptFormat, program] of FORMS) {
  test(`no connection fails or passes Envoy by while the hardened script runs again, ${scriptFormat} by ${program}`, {
    skip: lackingForEnvoy(),
  }, async (t) => {
    const rules = ruleSet(program, { options: { dialect: "hardened", scriptFormat } });
    await inPodLab(rules, async (lab) => {
      const outcomes: Outcome[] = [];
      let running = true;
      const traffic = OUT_AND_IN.map(async (call) => {
        while (running) outcomes.push(await lab.call(call));
      });
      try {
        for (let run = 0; run < RUNS; run += 1) await lab.initialise();
      } finally {
        running = false;
        await Promise.all(traffic);
      }
      assert.deepEqual(
        outcomes.filter((outcome) => outcome.kind !== "answered" || isBypass(outcome)),
        [],
      );
      t.diagnostic(`${outcomes.length} connections in ${RUNS} runs`);
    });
  });
}
