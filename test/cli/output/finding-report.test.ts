import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createFindingReport } from "../../../src/cli/output/finding-report.ts";
import type { Finding } from "../../../src/policy/finding.ts";

const FINDING: Finding = {
  code: "INVALID_PORT",
  severity: "error",
  field: "meshConfig.spec.traffic.outboundPortExclusionList[0]",
  value: "70000",
  message: "70000 is no port",
  remedy: "Give a port.",
};

const PLAIN =
  "mesh.yaml:3:1: error: INVALID_PORT: meshConfig.spec.traffic.outboundPortExclusionList[0]: 70000 is no port. Give a port.\n";

function told(
  findings: readonly Finding[],
  { isTTY = false, env = {} }: { isTTY?: boolean; env?: Record<string, string> } = {},
): string {
  let text = "";
  const stream = {
    isTTY,
    write: (chunk: string) => {
      text += chunk;
    },
  };
  createFindingReport(stream, env).findings(findings, () => "mesh.yaml:3:1");
  return text;
}

describe("a report of findings", () => {
  it("has a line for each, with place, severity, code, field, message and remedy", () => {
    assert.equal(told([FINDING]), PLAIN);
  });

  it("leaves the field out of a finding about the plan as a whole", () => {
    assert.equal(told([{ ...FINDING, field: "" }]), PLAIN.replace(`${FINDING.field}: `, ""));
  });

  it("tells the same thing once", () => {
    assert.equal(told([FINDING, { ...FINDING }]), PLAIN);
  });

  it("keeps what strangers wrote on its line", () => {
    const text = told([{ ...FINDING, field: "a\nb", message: "\u001b[31mred\u202e\u2028", remedy: "x\r" }]);
    assert.equal(
      text,
      "mesh.yaml:3:1: error: INVALID_PORT: a\\u{a}b: \\u{1b}[31mred\\u{202e}\\u{2028}. x\\u{d}\n",
    );
  });

  const escapeSequence = "\u001b[";
  const surroundings: readonly [string, { isTTY?: boolean; env?: Record<string, string> }, boolean][] = [
    ["a pipe", {}, false],
    ["a terminal", { isTTY: true }, true],
    ["a terminal with NO_COLOR", { isTTY: true, env: { NO_COLOR: "1" } }, false],
    ["a terminal with an empty NO_COLOR", { isTTY: true, env: { NO_COLOR: "" } }, true],
    ["a terminal that is dumb", { isTTY: true, env: { TERM: "dumb" } }, false],
    ["a pipe with FORCE_COLOR", { env: { FORCE_COLOR: "1" } }, true],
    ["a pipe with FORCE_COLOR and NO_COLOR", { env: { FORCE_COLOR: "1", NO_COLOR: "1" } }, true],
    ["a terminal with FORCE_COLOR=0", { isTTY: true, env: { FORCE_COLOR: "0" } }, false],
  ];
  for (const [name, options, coloured] of surroundings) {
    it(`is ${coloured ? "coloured" : "plain"} on ${name}`, () => {
      const text = told([FINDING], options);
      assert.equal(text.includes(escapeSequence), coloured);
      if (coloured) assert.ok(text.includes(`${escapeSequence}31merror`));
    });
  }
});
