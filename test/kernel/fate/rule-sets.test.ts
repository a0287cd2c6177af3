import { test } from "node:test";
import fc from "fast-check";
import { FULL, lacking } from "../scripts/requirements.ts";
import { backEndOf, KEEPERS } from "./back-end.ts";
import { keepsAddress } from "./expectation.ts";
import { inLab } from "./lab.ts";
import { anyPacket } from "./packets.ts";
import { anyChains, scriptOf } from "./rule-sets.ts";
import { SEED, TIME_LIMIT } from "./seed.ts";
import { judge, Tally } from "./trial.ts";

const skip = lacking("python3");

/** How many rule sets are loaded into each keeper of rules, and how many packets at most are sent through each. */
const RULE_SETS = FULL ? 150 : 10;
const PACKETS = 64;

for (const keeper of KEEPERS) {
  test(`what the model says of packets under any rules is what ${keeper} does to them`, {
    skip,
  }, async (t) => {
    const tally = new Tally();
    await inLab(async (lab) => {
      const backEnd = backEndOf(lab.pod, keeper);
      const packets = fc.array(anyPacket.filter(keepsAddress), {
        minLength: 1,
        maxLength: PACKETS,
        size: "max",
      });
      const trial = fc.asyncProperty(anyChains(keeper), packets, async (chains, sent) => {
        const script = scriptOf(chains, keeper);
        // Rules that drop what is no first packet keep connections from being made.
        await judge(lab, backEnd, { script, planned: chains, packets: sent, answered: false }, tally);
      });
      await fc.assert(trial, { numRuns: RULE_SETS, seed: SEED, ...TIME_LIMIT });
    });
    t.diagnostic(String(tally));
  });
}
