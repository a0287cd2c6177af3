import assert from "node:assert/strict";
import { test } from "node:test";
import { provedPlan } from "../../proof/proved-plan.ts";
import { expandArgument } from "./kubernetes-expansion.ts";
import { SCENARIOS } from "./scenarios.ts";

test("the kubelet's expansion of arguments is as documented", () => {
  const variables: Readonly<Record<string, string>> = { VAR_A: "A", VAR_EMPTY: "", VAR_REF: "$(VAR_A)" };
  const cases: Readonly<Record<string, string>> = {
    "$(VAR_A)": "A",
    "___$(VAR_A)___$(VAR_A)": "___A___A",
    "$(VAR_EMPTY)-$(VAR_DNE)": "-$(VAR_DNE)",
    "$(VAR_REF)": "$(VAR_A)",
    "$$(VAR_A)": "$(VAR_A)",
    "$$$(VAR_A)": "$A",
    "$$$$(VAR_A)": "$$(VAR_A)",
    "$VAR_A $": "$VAR_A $",
    "$(VAR_A": "$(VAR_A",
    $$$: "$$",
    "$()": "$()",
    "$($(VAR_A))": "$($(VAR_A))",
    "\n$(VAR_A)\n": "\nA\n",
  };
  for (const [argument, expanded] of Object.entries(cases)) {
    assert.equal(
      expandArgument(argument, (name) => variables[name]),
      expanded,
      argument,
    );
  }
});

test("no argument of an init container is changed by it, whatever variables there are", () => {
  for (const { name, plan } of SCENARIOS) {
    for (const argument of [...plan.initContainer.args, plan.cleanupScript]) {
      assert.equal(
        expandArgument(argument, () => "expanded"),
        argument,
        name,
      );
    }
  }
});

test("nor is one of a script that is given in several arguments", () => {
  const ranges = Array.from({ length: 9000 }, (_, i) => `10.${i >> 7}.${(i & 127) * 2}.0/24`);
  const outcome = provedPlan({
    meshConfig: { spec: { traffic: { outboundIpRangeExclusionList: ranges } } },
    options: { dialect: "hardened" },
  });
  assert.equal(outcome.kind, "planned");
  if (outcome.kind !== "planned") return;
  const { args } = outcome.plan.initContainer;
  assert.ok(args.length > 4);
  for (const argument of args)
    assert.equal(
      expandArgument(argument, () => "expanded"),
      argument,
    );
});
