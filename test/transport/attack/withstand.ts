import assert from "node:assert/strict";
import { after, before, type TestContext, test } from "node:test";
import { ATTACKS, type Attack } from "./attacks.ts";
import { startVictim, type Victim, withGoodRequests } from "./victim.ts";

/** Most memory of the server at any time, in MiB. It starts with some 120 where Node runs the sources. */
const MEMORY_MIB = 400;

/** Makes every attack on one server, each in a test of its own: it lives, keeps its memory, and answers good requests. */
export function withstandAttacks(countOf: (attack: Attack) => number): void {
  let started: Victim | undefined;
  let total = 0;
  before(async () => {
    started = await startVictim();
  });
  after(() => started?.kill());

  for (const attack of ATTACKS) {
    test(`the server withstands: ${attack.name}`, async (t: TestContext) => {
      const victim = started;
      assert.ok(victim);
      let sent = 0;
      const attacked = attack.run(victim.port, countOf(attack)).then((count) => {
        sent = count;
      });
      const { answered, failed } = await withGoodRequests(victim.port, attacked);
      const memory = victim.peakMemory();
      total += sent;
      t.diagnostic(
        `${sent} malformed, ${total} so far; ${answered} good ones answered meanwhile; ${memory} MiB at most`,
      );
      assert.ok(victim.isAlive());
      assert.deepEqual(victim.complaints, []);
      assert.deepEqual(failed, []);
      assert.ok(answered > 0);
      assert.ok(memory < MEMORY_MIB);
    });
  }
}
