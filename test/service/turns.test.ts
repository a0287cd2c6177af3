import assert from "node:assert/strict";
import { test } from "node:test";
import { createTurns } from "../../src/service/turns.ts";

test("computations take turns in the order in which they ask, and the event loop goes on between them", async () => {
  const turns = createTurns(0);
  const order: string[] = [];
  const compute = async (name: string): Promise<void> => {
    for (let turn = 0; turn < 3; turn++) {
      await turns.next();
      order.push(name);
    }
  };
  let loops = 0;
  const count = (): void => {
    loops++;
    if (order.length < 6) setImmediate(count);
  };
  setImmediate(count);
  await Promise.all([compute("a"), compute("b")]);
  assert.deepEqual(order, ["a", "b", "a", "b", "a", "b"]);
  assert.ok(loops >= 6, `${loops} turns of the event loop`);
});

test("a turn is over when its time has passed, and the first one has to be asked for", async () => {
  assert.equal(createTurns(1e6).isOver(), true);
  const long = createTurns(1e6);
  await long.next();
  assert.equal(long.isOver(), false);
  const none = createTurns(0);
  await none.next();
  assert.equal(none.isOver(), true);
});
