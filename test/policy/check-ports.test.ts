import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { buildPolicy } from "../../src/policy/build.ts";
import type { PlanOptions } from "../../src/policy/inputs.ts";

/** Code, field and message of what is found in lists of ports that the options of a hardened plan have. */
function found(options: PlanOptions): readonly (readonly [string, string, string])[] {
  const { findings } = buildPolicy({ options: { dialect: "hardened", ...options } });
  return findings.map(({ code, field, message }) => [code, field, message]);
}

test("a range of ports inside another is told, wherever the outer one stands", () => {
  assert.deepEqual(found({ outboundPortExclusions: ["85", "80-90", "70-100", "101-110", "95-105"] }), [
    [
      "OVERLAPPING_RANGE",
      "options.outboundPortExclusions[0]",
      "Port 85 lies inside 70-100 of options.outboundPortExclusions[2]",
    ],
    [
      "OVERLAPPING_RANGE",
      "options.outboundPortExclusions[1]",
      "Port 80-90 lies inside 70-100 of options.outboundPortExclusions[2]",
    ],
  ]);
});

test("exactly the port ranges that lie inside another are told", () => {
  const span = fc
    .tuple(fc.integer({ min: 1, max: 30 }), fc.integer({ min: 0, max: 9 }))
    .map(([first, more]) => ({ first, last: first + more }));
  const distinct = fc.uniqueArray(span, { selector: ({ first, last }) => `${first}-${last}`, maxLength: 12 });
  fc.assert(
    fc.property(distinct, (spans) => {
      const inner = spans.flatMap((one, index) =>
        spans.some((other) => other !== one && other.first <= one.first && one.last <= other.last)
          ? [`options.inboundPortExclusions[${index}]`]
          : [],
      );
      const told = found({ inboundPortExclusions: spans.map(({ first, last }) => `${first}-${last}`) });
      assert.deepEqual(
        told.filter(([code]) => code === "OVERLAPPING_RANGE").map(([, field]) => field),
        inner,
      );
    }),
  );
});

test("an excluded range that holds reserved ports names them, and one that is every port turns interception off", () => {
  const field = "options.inboundPortExclusions[0]";
  assert.deepEqual(found({ inboundPortExclusions: ["15002-15010"] }), [
    [
      "RESERVED_PORT_LISTED",
      field,
      "Port 15003, 15010 is reserved for the sidecar, and this list leaves it alone",
    ],
  ]);
  assert.deepEqual(found({ inboundPortExclusions: ["1-65535"] }), [
    ["EXCLUDES_EVERYTHING", field, "1-65535 is every port: inbound interception is off"],
  ]);
  assert.deepEqual(found({ inboundPortInclusions: ["1-65535"] }), [
    [
      "INCLUDES_EVERYTHING",
      "options.inboundPortInclusions[0]",
      "1-65535 is every port: the same as no inclusion list",
    ],
  ]);
});

test("what an exclusion takes away from an included port is named, up to three ranges of it", () => {
  const field = "options.inboundPortInclusions[0]";
  const lost = (inclusion: string, ...exclusions: readonly string[]) =>
    found({ inboundPortInclusions: [inclusion], inboundPortExclusions: exclusions });
  assert.deepEqual(lost("80-90", "91", "79", "100-200"), []);
  assert.deepEqual(lost("80", "80"), [
    ["INCLUDED_AND_EXCLUDED", field, "Port 80 is included, and all of it is excluded (80); exclusion wins"],
  ]);
  assert.deepEqual(lost("80-90", "85-100", "86"), [
    [
      "OVERLAPPING_RANGE",
      "options.inboundPortExclusions[1]",
      "Port 86 lies inside 85-100 of options.inboundPortExclusions[0]",
    ],
    [
      "INCLUDED_AND_EXCLUDED",
      field,
      "Port 80-90 is included, and a part of it is excluded (85-100); exclusion wins",
    ],
  ]);
  assert.deepEqual(lost("80-90", "80", "82", "84", "86", "88"), [
    [
      "INCLUDED_AND_EXCLUDED",
      field,
      "Port 80-90 is included, and a part of it is excluded (80, 82, 84 and 2 more); exclusion wins",
    ],
  ]);
});

test("a range that runs backwards or has a bad end is no port", () => {
  for (const text of ["90-80", "80-", "-80", "80-90-100", "0-80", "80-65536", "a-b", "80 - 90", "80:90"]) {
    assert.deepEqual(
      found({ outboundPortExclusions: [text] }).map(([code]) => code),
      ["INVALID_PORT"],
      text,
    );
  }
});

test("sources that are every address turn inbound interception off", () => {
  assert.deepEqual(found({ inboundSourceRangeExclusions: ["::/0"] }), [
    [
      "EXCLUDES_EVERYTHING",
      "options.inboundSourceRangeExclusions[0]",
      "::/0 is every IPv6 address: inbound interception is off",
    ],
  ]);
});

test("users and groups are whole numbers, at most 100 of each, and a repeat is told", () => {
  assert.deepEqual(
    found({ excludedUids: [7, 7, 0, 4_294_967_294], excludedGids: [4_294_967_295, -1, 1.5] }).map(
      ([code, field]) => [code, field],
    ),
    [
      ["DUPLICATE_ENTRY", "options.excludedUids[1]"],
      ["UNKNOWN_OPTION", "options.excludedGids[0]"],
      ["UNKNOWN_OPTION", "options.excludedGids[1]"],
      ["UNKNOWN_OPTION", "options.excludedGids[2]"],
    ],
  );
  const ids = Array.from({ length: 101 }, (_, id) => id);
  assert.deepEqual(
    found({ excludedUids: ids }).map(([code, field]) => [code, field]),
    [["TOO_MANY_ITEMS", "options.excludedUids"]],
  );
  assert.deepEqual(found({ excludedUids: ids.slice(1) }), []);
});
