import type { RedirectPlanner } from "../gen/redirect/v1/redirect_planner_pb.ts";
import { planPod } from "../plan.ts";
import type { Handlers } from "./handlers.ts";
import { readPlanRequest } from "./plan-input.ts";
import { planResponse } from "./plan-response.ts";
import { refusal } from "./refusal.ts";
import { inexpressible } from "./service-error.ts";

/** The methods of `redirect.v1.RedirectPlanner`. */
export const redirectPlanner: Handlers<typeof RedirectPlanner> = {
  plan(request) {
    const { input, findings } = readPlanRequest(request);
    if (findings.length > 0) throw refusal(findings, "strict");
    const outcome = planPod(input);
    switch (outcome.kind) {
      case "planned":
        return planResponse(outcome.plan);
      case "refused":
        throw refusal(outcome.findings, input.options?.enforcement ?? "strict");
      case "inexpressible":
        throw inexpressible(outcome.reason);
    }
  },
};
