import type { RedirectPlanner } from "../gen/redirect/v1/redirect_planner_pb.ts";
import { compare } from "./comparer.ts";
import { explain } from "./explainer.ts";
import type { Handlers } from "./handlers.ts";
import { planOf } from "./plan-of.ts";
import { planResponse } from "./plan-response.ts";
import { proofOf } from "./proof.ts";
import { rulesOfPlan } from "./rule-source.ts";
import { verify } from "./verifier.ts";

/** The methods of `redirect.v1.RedirectPlanner`. */
export const redirectPlanner: Handlers<typeof RedirectPlanner> = {
  plan(request) {
    const plan = planOf(request);
    const proof = request.options?.verify ? proofOf(rulesOfPlan(plan, "plan"), plan) : undefined;
    return planResponse(plan, proof);
  },
  explain,
  verify,
  compare,
};
