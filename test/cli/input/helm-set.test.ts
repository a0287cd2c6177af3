import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parseSet, SetSyntaxError } from "../../../src/cli/input/helm-set.ts";

describe("Helm's --set syntax", () => {
  const readings: readonly [string, readonly (readonly [string, unknown])[]][] = [
    ["osm.a={1.1.1.1/32,2.2.2.2/24}", [["osm.a", ["1.1.1.1/32", "2.2.2.2/24"]]]],
    ["osm.a={6379,7070}", [["osm.a", [6379, 7070]]]],
    ["osm.a={6379}", [["osm.a", [6379]]]],
    ["osm.a={}", [["osm.a", []]]],
    ["osm.a={,}", [["osm.a", ["", ""]]]],
    [
      "osm.a={6379},osm.b=x",
      [
        ["osm.a", [6379]],
        ["osm.b", "x"],
      ],
    ],
    [
      "osm.a=1,osm.b=2,",
      [
        ["osm.a", 1],
        ["osm.b", 2],
      ],
    ],
    [
      "osm.a[0]=x,osm.a[1]=y",
      [
        ["osm.a.0", "x"],
        ["osm.a.1", "y"],
      ],
    ],
    ["osm.a[0].b=x", [["osm.a.0.b", "x"]]],
    ["osm.a=x\\,y", [["osm.a", "x,y"]]],
    ["osm.a={x\\,y\\},z}", [["osm.a", ["x,y}", "z"]]]],
    ["a\\.b.c=1", [["a.b.c", 1]]],
    ["osm.a=b=c", [["osm.a", "b=c"]]],
    ["osm.a=", [["osm.a", ""]]],
    [
      "osm.a=TRUE,osm.b=false,osm.c=null",
      [
        ["osm.a", true],
        ["osm.b", false],
        ["osm.c", null],
      ],
    ],
    ["osm.a={0,080,-5,1e3,9007199254740993}", [["osm.a", [0, "080", -5, "1e3", "9007199254740993"]]]],
    ["osm.a={6379, 7070}", [["osm.a", [6379, " 7070"]]]],
  ];
  for (const [text, expected] of readings) {
    it(`reads ${text}`, () => {
      assert.deepEqual(
        parseSet(text).map(({ path, value }) => [path.join("."), value]),
        expected,
      );
    });
  }

  const refusals: readonly [string, RegExp][] = [
    ["", /a key is empty/],
    ["=1", /a key is empty/],
    ["osm.a", /'osm\.a' has no value/],
    ["osm.a,osm.b=1", /'osm\.a' has no value/],
    ["osm..a=1", /a key is empty/],
    ["osm.a={1,2", /does not end with '}'/],
    ["osm.a={1}2", /followed by something else/],
    ["osm.a[0=1", /does not end with ']'/],
    ["osm.a[x]=1", /index 'x'/],
    ["osm.a[-1]=1", /index '-1'/],
    ["osm.a[70000]=1", /0 to 65536/],
    ["osm.a[0]b=1", /right behind an index/],
  ];
  for (const [text, message] of refusals) {
    it(`refuses ${text === "" ? "nothing at all" : text}`, () => {
      assert.throws(
        () => parseSet(text),
        (error) => error instanceof SetSyntaxError && message.test(error.message),
      );
    });
  }
});
