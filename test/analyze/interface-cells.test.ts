import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { cellsNamed, interfaceCell, interfaceCells, orderOf } from "../../src/analyze/interface-cells.ts";
import { interfaceMatches } from "../../src/analyze/match-holds.ts";

const NAME = fc.stringMatching(/^[a-c0-1]{1,4}$/);
const PATTERN = fc.oneof(
  NAME,
  NAME.map((name) => `${name}+`),
  fc.constantFrom("+", "", "lo", "eth+"),
);

test("a name is told from others by the rules exactly as the sample of its cell is", () => {
  fc.assert(
    fc.property(fc.array(PATTERN, { maxLength: 8 }), fc.array(NAME, { minLength: 5 }), (patterns, names) => {
      const cells = interfaceCells(patterns);
      for (const name of ["", "lo", "eth0", ...names]) {
        const sample = cells[interfaceCell(cells, name)]?.sample;
        assert.ok(sample !== undefined, name);
        for (const pattern of patterns) {
          const match = { name: pattern };
          assert.equal(
            interfaceMatches(match, name),
            interfaceMatches(match, sample),
            `${name} as ${sample}: ${pattern}`,
          );
        }
      }
    }),
  );
});

test("the cells of a name or a wildcard are those whose samples it matches", () => {
  fc.assert(
    fc.property(fc.array(PATTERN, { maxLength: 8 }), PATTERN, (patterns, other) => {
      const cells = interfaceCells(patterns);
      const axis = { kind: "interface", name: "in-interface", cells, order: orderOf(cells) } as const;
      for (const name of [...patterns, other]) {
        const matching = [...cells.entries()].filter(([, { sample }]) => interfaceMatches({ name }, sample));
        assert.deepEqual(
          cellsNamed(axis, name).toSorted((a, b) => a.start - b.start),
          matching.map(([start]) => ({ start, end: start + 1 })),
        );
      }
    }),
  );
});

test("samples are names that an interface can have, each in a cell of its own", () => {
  fc.assert(
    fc.property(fc.array(PATTERN, { maxLength: 8 }), (patterns) => {
      const cells = interfaceCells(patterns);
      for (const [index, { sample }] of cells.entries()) {
        assert.ok(sample.length <= 15);
        assert.equal(interfaceCell(cells, sample), index);
      }
    }),
  );
});

test("an interface that no rule names is called eth0 where that is free", () => {
  assert.deepEqual(interfaceCells(["lo", "veth+"]), [
    { sample: "" },
    { sample: "lo" },
    { sample: "eth0", prefix: "" },
    { sample: "veth0", prefix: "veth" },
  ]);
});
