import assert from "node:assert/strict";
import { test } from "node:test";
import { framed, HEAD_BYTES } from "../../src/service/frame.ts";
import { createFrameRooms, type LentMessage, ROOM_BYTES } from "../../src/service/frame-rooms.ts";

const LONGEST = ROOM_BYTES - HEAD_BYTES;
const LONG = Buffer.alloc(LONGEST, 1);

function isSameRoom(a: LentMessage, b: LentMessage): boolean {
  return a.frame.buffer === b.frame.buffer;
}

test("a message in a room has the bytes that it has in memory of its own", () => {
  const rooms = createFrameRooms();
  // What was there before is not to shine through.
  rooms.framed([LONG]).release?.();
  for (const length of [0, 1, LONGEST / 2, LONGEST - 1, LONGEST, LONGEST + 1]) {
    const parts = [Buffer.from("head"), Buffer.alloc(Math.floor(length), 2)];
    const { frame, message, release } = rooms.framed(parts);
    assert.deepEqual(frame, framed(parts).frame);
    assert.deepEqual(message, Buffer.concat(parts));
    release?.();
  }
});

test("a room is lent again when it was given back, and not before", () => {
  const rooms = createFrameRooms();
  const first = rooms.framed([LONG]);
  const second = rooms.framed([LONG]);
  assert.ok(!isSameRoom(first, second));
  first.release?.();
  assert.ok(isSameRoom(rooms.framed([LONG]), first));
});

test("a room that is given back twice is lent once", () => {
  const rooms = createFrameRooms();
  const message = rooms.framed([LONG]);
  message.release?.();
  message.release?.();
  assert.ok(!isSameRoom(rooms.framed([LONG]), rooms.framed([LONG])));
});

test("a message that would leave most of a room empty, or that has none in it, is not lent one", () => {
  const rooms = createFrameRooms();
  assert.equal(rooms.framed([LONG.subarray(0, LONGEST / 3)]).release, undefined);
  assert.equal(rooms.framed([LONG, Buffer.alloc(1)]).release, undefined);
});

test("no more than a few rooms are kept", () => {
  const rooms = createFrameRooms();
  const before = Array.from({ length: 20 }, () => rooms.framed([LONG]));
  for (const { release } of before) release?.();
  const after = Array.from({ length: 20 }, () => rooms.framed([LONG]));
  const kept = after.filter((message) => before.some((other) => isSameRoom(message, other)));
  assert.equal(kept.length, 8);
});
