import { RedirectPlanner } from "../gen/redirect/v1/redirect_planner_pb.ts";
import type { Handlers } from "./handlers.ts";
import { type PlanRouteOptions, planRoute } from "./plan-route.ts";
import { planStreamRoute } from "./plan-stream.ts";
import { createRoutes, type Route } from "./routes.ts";

/** Every method of the planner. `PlanStream` is made of `Plan`, and shares the answers that it keeps. */
export function plannerRoutes(
  handlers: Handlers<typeof RedirectPlanner>,
  options: Omit<PlanRouteOptions, "plan">,
): readonly Route[] {
  const plan = planRoute({ ...options, plan: handlers.plan });
  return createRoutes(RedirectPlanner, handlers, options.reportFault).flatMap((route): readonly Route[] =>
    route.method === RedirectPlanner.method.plan ? [plan, planStreamRoute(plan)] : [route],
  );
}
