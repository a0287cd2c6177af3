import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { AmbiguousNumber } from "../../../src/cli/input/ambiguous-number.ts";
import { type Document, readDocuments } from "../../../src/cli/input/document.ts";
import { InputError } from "../../../src/cli/input-error.ts";

function read(text: string): readonly Document[] {
  return readDocuments({ name: "in", text });
}

function only(text: string): Document {
  const [document, ...others] = read(text);
  assert.ok(document !== undefined && others.length === 0);
  return document;
}

function faults(text: string): readonly string[] {
  try {
    read(text);
  } catch (error) {
    if (error instanceof InputError) return error.faults.map(({ where, message }) => `${where}: ${message}`);
    throw error;
  }
  return [];
}

describe("documents of an input", () => {
  it("are told apart by ---, and empty ones are passed over", () => {
    const documents = read("---\na: 1\n---\n# nothing\n---\nb: 2\n");
    assert.deepEqual(
      documents.map(({ number, value }) => [number, value]),
      [
        [1, { a: 1 }],
        [3, { b: 2 }],
      ],
    );
  });

  it("may be JSON values one after another", () => {
    assert.deepEqual(
      read('{"a": 1}{"b": [2, "}"]}\n  {"c": "\\""}').map(({ value }) => value),
      [{ a: 1 }, { b: [2, "}"] }, { c: '"' }],
    );
  });

  it("may be YAML that begins like JSON", () => {
    assert.deepEqual(only("{a: 1, b: [x]}").value, { a: 1, b: ["x"] });
  });

  it("know where each value stands, in YAML and in JSON", () => {
    const yaml = only("a:\n  - x\n  - b: {c: 1}\n");
    assert.equal(yaml.locate(["a", 1, "b", "c"]), "in:3:12");
    const json = only('{\n  "a": [\n    "x",\n    {"b": {"c": 1}}\n  ]\n}');
    assert.equal(json.locate(["a", 1, "b", "c"]), "in:4:17");
  });

  it("name the innermost value there is, for a path that goes on beyond it", () => {
    assert.equal(only("a:\n  b: x\n").locate(["a", "b", 3]), "in:2:6");
    assert.equal(only('{"a":\n {"b": "x"}}').locate(["a", "b", 3]), "in:2:8");
    assert.equal(only('{"a":\n {"b": "x"}}').locate(["a", "z"]), "in:2:2");
    assert.equal(only("a: 1").locate(["z"]), "in:1:1");
  });

  it("are located in JSON behind other values", () => {
    assert.equal(read('{"a": 1}\n{"a": 2}')[1]?.locate(["a"]), "in:2:7");
  });

  it("keep numbers that YAML's versions read differently as they are written", () => {
    assert.deepEqual(only("[0100, 080, 0x50, 0o17, .inf, 12, 1.5]").value, [
      new AmbiguousNumber("0100"),
      new AmbiguousNumber("080"),
      new AmbiguousNumber("0x50"),
      new AmbiguousNumber("0o17"),
      new AmbiguousNumber(".inf"),
      12,
      1.5,
    ]);
  });

  it("resolve anchors and merge keys as kubectl does", () => {
    assert.deepEqual(only("base: &b {x: 1}\nmine:\n  <<: *b\n  y: 2\n").value, {
      base: { x: 1 },
      mine: { x: 1, y: 2 },
    });
  });

  it("take __proto__ for a key like any other", () => {
    for (const text of ["__proto__: {x: 1}", '{"__proto__": {"x": 1}}']) {
      const { value } = only(text);
      assert.deepEqual(Object.keys(value as object), ["__proto__"]);
      assert.equal(Object.getPrototypeOf(value), Object.prototype);
    }
  });

  const refusals: readonly [string, string, RegExp][] = [
    ["a key that stands twice in YAML", "a: 1\nb: 2\na: 3\n", /^in:3:1: not YAML: Map keys must be unique$/],
    ["a key that stands twice in JSON", '{"a": {"b": 1,\n"b": 2}}', /^in:2:6: a\.b: the key stands twice/],
    ["a key that is no string", "? [a]\n: 1\n", /^in:1:3: not YAML: .*keys must be strings/],
    ["text that is neither", "{a: [", /^in:1:6: not YAML: /],
    ["an alias of nothing", "a: *b\n", /in.*Unresolved alias/],
    ["an empty input", "", /^in: holds no document$/],
    ["an input of comments", "# a\n---\n", /^in: holds no document$/],
  ];
  for (const [name, text, message] of refusals) {
    it(`refuse ${name}`, () => assert.match(faults(text).join("\n"), message));
  }
});
