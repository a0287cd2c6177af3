import type { PlanRequest } from "../gen/redirect/v1/plan_pb.ts";
import type { PodPlan } from "../plan.ts";
import { readPlanRequest } from "./plan-input.ts";
import { plannerFor } from "./planners.ts";
import { refusal } from "./refusal.ts";
import { inexpressible } from "./service-error.ts";

/** The plan that a request asks for. @throws ServiceError when there is none. */
export function planOf(request: PlanRequest): PodPlan {
  const { input, findings } = readPlanRequest(request);
  if (findings.length > 0) throw refusal(findings, "strict");
  const outcome = plannerFor(request, input).plan(input.pod);
  switch (outcome.kind) {
    case "planned":
      return outcome.plan;
    case "refused":
      throw refusal(outcome.findings, input.options?.enforcement ?? "strict");
    case "inexpressible":
      throw inexpressible(outcome.reason);
  }
}
