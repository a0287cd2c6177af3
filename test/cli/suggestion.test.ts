import assert from "node:assert/strict";
import { it } from "node:test";
import { suggestion } from "../../src/cli/suggestion.ts";

const WORDS = ["osm-v0.8", "osm-v0.11", "hardened"];

it("a typo gets the nearest word, in any case of letters", () => {
  assert.equal(suggestion("hardend", WORDS), "; did you mean hardened?");
  assert.equal(suggestion("OSM-V0.8", WORDS), "; did you mean osm-v0.8?");
});

it("of two words as near, the one that begins as typed is meant", () => {
  assert.equal(suggestion("osm-v0.1", WORDS), "; did you mean osm-v0.11?");
});

it("another word altogether gets no suggestion", () => {
  assert.equal(suggestion("istio", WORDS), "");
  assert.equal(suggestion("x".repeat(100_000), WORDS), "");
  assert.equal(suggestion("x", []), "");
});
