import { DIALECTS, SCRIPT_FORMATS } from "../../../src/policy/inputs.ts";
import { featureInput, features } from "../../dialect/golden-case.ts";
import { provedPlan } from "../../proof/proved-plan.ts";
import { slice } from "./each.ts";
import type { Scenario } from "./scenarios.ts";

const COMBINATIONS = features().flatMap((feature) =>
  DIALECTS.flatMap((dialect) => SCRIPT_FORMATS.map((format) => ({ feature, dialect, format }))),
);

/** The plans of the golden files: of every feature, dialect and format that has one when the long tests run in full. */
export const GOLDEN_SCENARIOS: readonly Scenario[] = slice(COMBINATIONS, 19).flatMap(
  ({ feature, dialect, format }): readonly Scenario[] => {
    const input = featureInput(feature, dialect);
    const outcome = provedPlan({ ...input, options: { ...input.options, scriptFormat: format } });
    if (outcome.kind !== "planned") return [];
    return [
      { name: `golden ${dialect} ${format}: ${feature}`, dialect, format, feature, plan: outcome.plan },
    ];
  },
);
