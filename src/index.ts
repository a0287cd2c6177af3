/** The planner as a library: the engine without a server. It does no I/O and runs in a browser. */
export { type InputOrigin, type Origin, originPath } from "./origin.ts";
export { createPlanner, type Planner, type PlanOutcome, type PodPlan, planPod } from "./plan.ts";
export { FINDINGS, type Finding, type FindingCode, type Severity } from "./policy/finding.ts";
export {
  DIALECTS,
  type Dialect,
  type IpFamilies,
  type MeshConfig,
  type PlanInput,
  type PlanOptions,
  type Pod,
  SCRIPT_FORMATS,
  type ScriptFormat,
} from "./policy/inputs.ts";
export type { Policy } from "./policy/policy.ts";
export { ruleText } from "./render/rule-text.ts";
export type { Chain, Match, Rule, Target } from "./ruleset/rule.ts";
