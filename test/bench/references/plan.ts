import { createKeptAnswers } from "../../../src/service/kept-answers.ts";
import { planRoute } from "../../../src/service/plan-route.ts";
import { redirectPlanner } from "../../../src/service/planner.ts";

/** `Plan` without a server around it: decodes, plans and encodes each request, and keeps no answer. */
export const plan = planRoute({
  plan: redirectPlanner.plan,
  kept: createKeptAnswers(0),
  countFinding: () => {},
  reportFault: (fault) => {
    throw fault;
  },
});
