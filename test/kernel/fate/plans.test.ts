import { test } from "node:test";
import fc from "fast-check";
import { FULL, lacking } from "../scripts/requirements.ts";
import { backEndOf, KEEPERS } from "./back-end.ts";
import { inLab } from "./lab.ts";
import { anyPacket } from "./packets.ts";
import { anyInput, planOf } from "./plans.ts";
import { SEED, TIME_LIMIT } from "./seed.ts";
import { judge, Tally } from "./trial.ts";

const skip = lacking("python3");

/** How many plans are loaded into each keeper of rules, and how many packets at most are sent through each. */
const PLANS = FULL ? 200 : 10;
const PACKETS = 64;

for (const keeper of KEEPERS) {
  test(`what the model says of packets under generated plans is what ${keeper} does to them`, {
    skip,
  }, async (t) => {
    const tally = new Tally();
    await inLab(async (lab) => {
      const backEnd = backEndOf(lab.pod, keeper);
      const trial = fc.asyncProperty(
        anyInput(keeper),
        fc.array(anyPacket, { minLength: 1, maxLength: PACKETS, size: "max" }),
        async (input, packets) => {
          const { script, chains } = planOf(input);
          await judge(lab, backEnd, { script, planned: chains, packets, answered: true }, tally);
        },
      );
      await fc.assert(trial, { numRuns: PLANS, seed: SEED, ...TIME_LIMIT });
    });
    t.diagnostic(String(tally));
  });
}
