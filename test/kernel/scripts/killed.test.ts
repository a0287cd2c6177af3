import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { FORMS, formName, inChange } from "./change.ts";
import { slice } from "./each.ts";
import { killAt, VICTIMS, type Victim } from "./killer.ts";
import { FULL, lacking, pathOf } from "./requirements.ts";

const skip = lacking("pgrep", "shuf");
const VICTIM_NAMES = Object.keys(VICTIMS) as Victim[];
const CASES = FORMS.flatMap((form) => VICTIM_NAMES.map((victim) => ({ ...form, victim })));

describe("whatever is killed at any program of a script, each table is as before or as after", {
  skip,
  concurrency: 4,
}, () => {
  for (const { victim, ...form } of slice(CASES, 9)) {
    test(`${formName(form)}: ${victim}`, async (t) => {
      const kills = await inChange(form, async ({ tools, run, script, check, reset }) => {
        for (let count = 1; ; count++) {
          const path = tools();
          const killer = killAt(path, count, victim);
          const { code } = await run(path, script);
          if (!killer.reached()) return count - 1;
          await check(`program ${count}`, code);
          await reset(count % 4 === 0 ? "the new state" : "nothing");
        }
      });
      t.diagnostic(`${kills} kills`);
      assert.ok(kills >= 4);
    });
  }
});

const KILLS = FULL ? 60 : 3;
/** A script that ends before its time comes is not killed, which must not go on for ever. */
const MOST_RUNS = KILLS * 20;

/** Kills one process of a script or all, after a time, and waits for what survives. Prints the exit code of the script. */
const KILLER = `
"$SETSID" /bin/sh -c "$SCRIPT" >/dev/null 2>&1 & pid=$!
PATH=/usr/bin:/bin
sleep "$DELAY"
if [ "$VICTIM" = all ]; then kill -9 -$pid; else kill -9 $(pgrep -g $pid | shuf -n 1); fi 2>/dev/null && echo killed
wait $pid; echo $?
while pgrep -g $pid >/dev/null; do sleep 0.005; done
`;

describe("killed at any time, each table is as before or as after", { skip, concurrency: 3 }, () => {
  for (const form of slice(FORMS, 2)) {
    test(formName(form), async (t) => {
      const runs = await inChange(form, async ({ namespace, tools, run, script, check, reset }) => {
        const start = performance.now();
        await run(tools(), script);
        const duration = performance.now() - start;
        await reset("nothing");
        let killed = 0;
        for (let attempt = 0; ; attempt++) {
          if (killed === KILLS) return attempt;
          assert.ok(attempt < MOST_RUNS, `${killed} kills in ${attempt} runs`);
          // Spread over the time of the script, in an order that does not favour its beginning on a busy machine.
          const delay = (duration * ((attempt * 0.618) % 1)) / 1000;
          const env = {
            PATH: tools(),
            POD_IPS: "10.244.0.7,fd00:10:244::7",
            SCRIPT: script,
            SETSID: pathOf("setsid"),
            DELAY: delay.toFixed(4),
            VICTIM: attempt % 2 === 0 ? "all" : "one",
          };
          const { stdout } = await namespace.run("/bin/sh", ["-c", KILLER], { env });
          const lines = stdout.trim().split("\n");
          if (lines.includes("killed")) killed++;
          await check(`${env.VICTIM} killed after ${env.DELAY} s`, Number(lines.at(-1)));
          await reset(attempt % 10 === 0 ? "the new state" : "nothing");
        }
      });
      t.diagnostic(`${KILLS} kills in ${runs} runs`);
    });
  }
});
