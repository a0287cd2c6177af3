import { RedirectPlanner } from "../gen/redirect/v1/redirect_planner_pb.ts";
import type { Handlers } from "./handlers.ts";
import { planStreamRoute } from "./plan-stream.ts";
import { createRoutes, type ReportFault, type Route } from "./routes.ts";

/** Every method of the planner. `PlanStream` is made of `Plan`. */
export function plannerRoutes(
  handlers: Handlers<typeof RedirectPlanner>,
  reportFault: ReportFault,
): readonly Route[] {
  return createRoutes(RedirectPlanner, handlers, reportFault).flatMap((route) =>
    route.method === RedirectPlanner.method.plan ? [route, planStreamRoute(route)] : [route],
  );
}
