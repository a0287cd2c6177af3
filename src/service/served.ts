import { Health as HealthService } from "../gen/grpc/health/v1/health_pb.ts";
import { RedirectPlanner } from "../gen/redirect/v1/redirect_planner_pb.ts";
import type { Handlers } from "./handlers.ts";
import { createHealth, type Health } from "./health.ts";
import { notingPayloads } from "./noted-payloads.ts";
import type { PlanRouteOptions } from "./plan-route.ts";
import { plannerRoutes } from "./planner-routes.ts";
import { REFLECTION_SERVICES, reflectionRoutes } from "./reflection.ts";
import { pathOf, type Route } from "./routes.ts";

const SERVICES = [RedirectPlanner, HealthService, ...REFLECTION_SERVICES];

/** What metrics call the kinds of methods. */
const TYPES = {
  unary: "unary",
  server_streaming: "server_stream",
  client_streaming: "client_stream",
  bidi_streaming: "bidi_stream",
} as const;

/** Every method that a server has: the path of its HTTP requests, and who of the two sends many messages. */
export const SERVED_METHODS = SERVICES.flatMap(({ methods }) =>
  methods.map((method) => ({ path: pathOf(method), type: TYPES[method.methodKind] })),
);

/** All that a server serves: the planner, gRPC's health check and reflection. */
export interface Served {
  /** The table that every transport serves from. */
  readonly routes: readonly Route[];
  readonly health: Health;
}

/** What a server adds to its handlers. */
export interface ServedOptions extends Omit<PlanRouteOptions, "plan"> {
  /** Whether unary calls note down what is asked and answered. */
  readonly notesPayloads: boolean;
}

/** @param handlers What serves the planner. */
export function createServed(handlers: Handlers<typeof RedirectPlanner>, options: ServedOptions): Served {
  const health = createHealth(
    SERVICES.map(({ typeName }) => typeName),
    options.reportFault,
  );
  const routes = [...plannerRoutes(handlers, options), ...health.routes, ...reflectionRoutes(SERVICES)];
  return {
    routes: options.notesPayloads
      ? routes.map((route) => (route.kind === "unary" ? notingPayloads(route) : route))
      : routes,
    health,
  };
}
