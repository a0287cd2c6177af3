import assert from "node:assert/strict";
import { test } from "node:test";
import { retryDelay, type ServiceError } from "../../src/service/service-error.ts";
import { createAdmission, type ReadyCall } from "../../src/transport/admission.ts";

/** Longer than a turn computes. */
const LONG_MS = 20;

/** Calls that note what becomes of them, and the clock by which they take their time. */
function notebook() {
  let time = 0;
  const served: string[] = [];
  const refused: ServiceError[] = [];
  const call = (name: string, ms = 0, more: Partial<ReadyCall> = {}): ReadyCall => ({
    servesAtOnce: true,
    serve() {
      served.push(name);
      time += ms;
    },
    refuse: (error) => refused.push(error),
    isOver: () => false,
    ...more,
  });
  const pass = (ms: number): void => {
    time += ms;
  };
  return { served, refused, call, pass, clock: () => time };
}

/** Lets the event loop turn until nothing waits. */
async function settle({ waiting }: { readonly waiting: () => number }): Promise<void> {
  do await new Promise(setImmediate);
  while (waiting() > 0);
}

test("a call that finds the server idle is served at once", () => {
  const { served, call, clock } = notebook();
  const admission = createAdmission({ queueCalls: 1, queueMs: 1000, clock });
  admission.admit(call("a"));
  assert.deepEqual(served, ["a"]);
});

test("calls behind a long one wait, and are served in their order", async () => {
  const { served, refused, call, clock } = notebook();
  const admission = createAdmission({ queueCalls: 10, queueMs: 10_000, clock });
  admission.admit(call("long", LONG_MS));
  for (const name of ["b", "c", "d"]) admission.admit(call(name));
  assert.deepEqual(served, ["long"]);
  assert.equal(admission.waiting(), 3);
  await settle(admission);
  assert.deepEqual(served, ["long", "b", "c", "d"]);
  assert.deepEqual(refused, []);
});

test("past the queue a call is refused at once, and told when to come back", async () => {
  const { served, refused, call, clock } = notebook();
  const admission = createAdmission({ queueCalls: 3, queueMs: 1000, clock });
  admission.admit(call("long", LONG_MS));
  for (const name of ["b", "c", "d", "e", "f"]) admission.admit(call(name));
  assert.deepEqual(
    refused.map(({ code }) => code),
    ["UNAVAILABLE", "UNAVAILABLE"],
  );
  for (const error of refused) {
    const delayMs = retryDelay(error) ?? 0;
    assert.ok(delayMs >= 1000 && delayMs <= 2000);
  }
  await settle(admission);
  assert.deepEqual(served, ["long", "b", "c", "d"]);
});

test("a call that has waited too long is refused when its turn comes, and not computed", async () => {
  const { served, refused, call, clock } = notebook();
  const admission = createAdmission({ queueCalls: 10, queueMs: LONG_MS / 2, clock });
  admission.admit(call("long", LONG_MS));
  admission.admit(call("also long", LONG_MS));
  admission.admit(call("late"));
  await settle(admission);
  assert.deepEqual(served, ["long", "also long"]);
  assert.deepEqual(
    refused.map(({ code }) => code),
    ["UNAVAILABLE"],
  );
});

test("a call that nobody waits for is neither computed nor refused", async () => {
  const { served, refused, call, clock } = notebook();
  const admission = createAdmission({ queueCalls: 10, queueMs: 10_000, clock });
  admission.admit(call("long", LONG_MS));
  admission.admit(call("left", 0, { isOver: () => true }));
  admission.admit(call("stays"));
  await settle(admission);
  assert.deepEqual([served, refused], [["long", "stays"], []]);
});

test("long calls take a turn each, so that the server reads in between", async () => {
  const { served, call, clock } = notebook();
  const admission = createAdmission({ queueCalls: 10, queueMs: 10_000, clock });
  const seen: number[] = [];
  for (const name of ["a", "b", "c"]) admission.admit(call(name, LONG_MS));
  while (admission.waiting() > 0) {
    seen.push(served.length);
    await new Promise(setImmediate);
  }
  assert.deepEqual([...seen, served.length], [1, 2, 3]);
});

test("calls that are computed behind promises take a turn each, however short they are", async () => {
  const { served, call, clock } = notebook();
  const admission = createAdmission({ queueCalls: 10, queueMs: 10_000, clock });
  const seen: number[] = [];
  for (const name of ["a", "b", "c"]) admission.admit(call(name, 0, { servesAtOnce: false }));
  while (admission.waiting() > 0) {
    seen.push(served.length);
    await new Promise(setImmediate);
  }
  assert.deepEqual([...seen, served.length], [0, 1, 2, 3]);
});

test("while connections come, turns go by without computing, and then no longer", async () => {
  const { served, call, clock } = notebook();
  const admission = createAdmission({ queueCalls: 10, queueMs: 10_000, turnMs: 10_000, clock });
  for (const name of ["a", "b"]) admission.admit(call(name, 0, { servesAtOnce: false }));
  const turn = async (): Promise<number> => {
    await new Promise(setImmediate);
    return served.length;
  };
  assert.equal(await turn(), 1);
  admission.connected();
  assert.equal(await turn(), 1);
  assert.equal(await turn(), 2);
});

test("connections that never stop do not stop the computing", async () => {
  const { served, call, pass, clock } = notebook();
  const admission = createAdmission({ queueCalls: 10, queueMs: 10_000, turnMs: 1, clock });
  for (const name of ["a", "b", "c"]) admission.admit(call(name, 0, { servesAtOnce: false }));
  while (admission.waiting() > 0) {
    admission.connected();
    pass(0.5);
    await new Promise(setImmediate);
  }
  assert.deepEqual(served, ["a", "b", "c"]);
});
