import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { JsonItems, MAX_ITEM_LENGTH } from "../../../src/cli/input/json-items.ts";
import { InputError } from "../../../src/cli/input-error.ts";

function itemsOf(text: string, pieceLength = text.length): readonly unknown[] {
  const items = new JsonItems("x");
  const found: unknown[] = [];
  for (let at = 0; at < text.length; at += pieceLength) {
    for (const item of items.push(text.slice(at, at + pieceLength))) found.push(JSON.parse(item.text));
  }
  items.end();
  return found;
}

describe("objects of a stream of JSON", () => {
  it("are the same in whatever form they come, and however it is cut", () => {
    const object = fc.dictionary(
      fc.oneof(fc.constantFrom("items", "kind", '"', "}{"), fc.string()),
      fc.jsonValue({ maxDepth: 3 }),
    );
    // An object that has items of its own is a list.
    const pods = fc.array(object.filter((value) => !Array.isArray(value["items"])));
    fc.assert(
      fc.property(
        pods,
        fc.integer({ min: 1, max: 40 }),
        fc.integer({ min: 0, max: 3 }),
        (all, piece, indent) => {
          const list = JSON.stringify(
            { a: ["items"], items: all, kind: "List", metadata: { b: [1] } },
            null,
            indent,
          );
          const expected = JSON.parse(JSON.stringify(all));
          assert.deepEqual(itemsOf(list, piece), expected);
          assert.deepEqual(itemsOf(JSON.stringify(all, null, indent), piece), expected);
          assert.deepEqual(itemsOf(all.map((pod) => JSON.stringify(pod)).join("\n"), piece), expected);
          assert.deepEqual(itemsOf(`${list}\n${list}`, piece), [...expected, ...expected]);
        },
      ),
      { seed: 5, numRuns: 300 },
    );
  });

  it("know the line on which they begin", () => {
    const items = [...new JsonItems("x").push('{"items": [\n{"a": 1},\n\n{"b": 2}]}')];
    assert.deepEqual(
      items.map(({ line }) => line),
      [2, 4],
    );
  });

  const faults: readonly [string, RegExp][] = [
    ["hello", /^x:1: expected an object, found 'h'/],
    ['"text"', /^x:1: expected an object, found '"'/],
    ["{}\n]", /^x:2: a bracket closes that was not opened/],
    ['{"items": [1]}', /^x:1: expected an object, found '1'/],
    ['{"items": [[]]}', /^x:1: expected an object, found '\['/],
    ['{"items": [{}', /^x:1: the JSON ends in the middle/],
    ['{"a": "b', /^x:1: the JSON ends in the middle/],
  ];
  for (const [text, expected] of faults) {
    it(`'${text.replace("\n", " ")}' is refused`, () => {
      assert.throws(
        () => itemsOf(text),
        (error) => error instanceof InputError && expected.test(error.message),
      );
    });
  }

  it("are held one at a time, and none without end", () => {
    const items = new JsonItems("x");
    const piece = " ".repeat(1 << 20);
    assert.throws(() => {
      for (const _ of items.push("{")) assert.fail("nothing has ended");
      for (let held = 0; held <= MAX_ITEM_LENGTH; held += piece.length) [...items.push(piece)];
    }, /over the limit of 8388608 characters/);
  });
});
