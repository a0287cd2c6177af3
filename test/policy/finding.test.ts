import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { FindingCode as WireCode } from "../../src/gen/redirect/v1/finding_pb.ts";
import { FINDINGS, type Finding, type FindingCode } from "../../src/policy/finding.ts";
import type { PlanInput } from "../../src/policy/inputs.ts";
import { provedPlan } from "../proof/proved-plan.ts";
import type { FindingCases } from "./finding-cases/finding-case.ts";
import { LIST_CASES } from "./finding-cases/list-cases.ts";
import { POD_CASES } from "./finding-cases/pod-cases.ts";
import { RULE_CASES } from "./finding-cases/rule-cases.ts";

const CASES: FindingCases = { ...LIST_CASES, ...POD_CASES, ...RULE_CASES };

/** Codes that no input of a plan brings about, each with what does. A code with a case must not be here. */
const WITHOUT_CASE: Readonly<Partial<Record<FindingCode, string>>> = {
  INVALID_PACKET: "a call of Explain: test/service/explain.test.ts",
  INVALID_RULES: "a call of Explain: test/service/explain.test.ts",
};

const CODES = Object.keys(FINDINGS) as readonly FindingCode[];

function findingsOf(input: PlanInput): readonly Finding[] {
  const outcome = provedPlan(input);
  switch (outcome.kind) {
    case "planned":
      return outcome.plan.findings;
    case "refused":
      return outcome.findings;
    case "inexpressible":
      return [];
  }
}

for (const code of CODES) {
  const known = CASES[code];
  if (known === undefined) {
    test(`${code} has a case, or a reason to have none`, () => {
      assert.ok(WITHOUT_CASE[code], `${code} has neither`);
    });
    continue;
  }
  const { shown, says, absent } = known;
  test(`${code} is told with its field, value, message and remedy`, () => {
    const [found, ...others] = findingsOf(shown).filter((finding) => finding.code === code);
    assert.ok(found);
    assert.deepEqual(others, []);
    const { remedy, ...rest } = found;
    assert.deepEqual(rest, { code, severity: FINDINGS[code].severity, ...says });
    assert.match(remedy, /^[A-Z].*\.$/s);
  });
  test(`${code} is not told of what is nearly the same`, () => {
    assert.deepEqual(
      findingsOf(absent).filter((finding) => finding.code === code),
      [],
    );
    assert.equal(WITHOUT_CASE[code], undefined, `${code} has a case now`);
  });
}

test("the contract names the same codes, with the same severity and the same (r)", () => {
  const proto = readFileSync(join(import.meta.dirname, "../../proto/redirect/v1/finding.proto"), "utf8");
  const comments = proto.matchAll(
    / {2}\/\/ (Error|Warning|Info)( \(r\))?: (?:.*\n {2}\/\/)*.*\n {2}FINDING_CODE_(\w+) = (\d+);/g,
  );
  const documented = new Map(
    [...comments].map(([, severity, reported, code]) => [code, `${severity}${reported ?? ""}`] as const),
  );
  const label = { error: "Error", warning: "Warning", info: "Info" } as const;
  const declared = CODES.map((code) => {
    const { severity, reportable } = FINDINGS[code];
    return [code, `${label[severity]}${severity === "error" && reportable ? " (r)" : ""}`] as const;
  });
  assert.deepEqual(documented, new Map(declared));
  assert.deepEqual(
    CODES.map((code) => typeof WireCode[code]),
    CODES.map(() => "number"),
  );
});
