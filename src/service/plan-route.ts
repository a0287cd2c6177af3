import type { PlanRequest } from "../gen/redirect/v1/plan_pb.ts";
import { RedirectPlanner } from "../gen/redirect/v1/redirect_planner_pb.ts";
import { codesShown, codesTold } from "./finding-codes.ts";
import type { Handlers } from "./handlers.ts";
import type { KeptAnswers, PlanAnswer } from "./kept-answers.ts";
import { decodePlanRequest } from "./plan-decoding.ts";
import { encodePlanResponse } from "./plan-encoding.ts";
import { guardFaults, pathOf, type ReportFault, type UnaryRoute } from "./routes.ts";
import { ServiceError } from "./service-error.ts";

/** What the route of `Plan` is made of. */
export interface PlanRouteOptions {
  readonly plan: Handlers<typeof RedirectPlanner>["plan"];
  /** Where answers to encoded requests are kept. */
  readonly kept: KeptAnswers;
  /** Told the code of each finding that an answer or a refusal tells, of kept ones too. */
  readonly countFinding: (code: string) => void;
  readonly reportFault: ReportFault;
}

/** `Plan`, which answers an encoded request that it has met before without decoding it. */
export function planRoute({ plan, kept, countFinding, reportFault }: PlanRouteOptions): UnaryRoute {
  const method = RedirectPlanner.method.plan;
  const path = pathOf(method);
  const guarded = guardFaults(path, reportFault);
  const compute = (bytes: Uint8Array): PlanAnswer => {
    try {
      const request = decodePlanRequest(bytes);
      return guarded(() => {
        const response = plan(request);
        const { digest } = response;
        return { kind: "planned", encoded: encodePlanResponse(response), digest, codes: codesTold(response) };
      });
    } catch (error) {
      if (error instanceof ServiceError) return { kind: "refused", error, codes: codesShown(error) };
      throw error;
    }
  };
  const tell = (codes: readonly string[]): void => {
    for (const code of codes) countFinding(code);
  };
  return {
    kind: "unary",
    path,
    method,
    handle: (request, notes) => {
      try {
        const response = guarded(() => plan(request as PlanRequest));
        notes.digest = response.digest;
        tell(codesTold(response));
        return response;
      } catch (error) {
        if (error instanceof ServiceError) tell(codesShown(error));
        throw error;
      }
    },
    answer: (bytes, notes) => {
      const answer = kept.get(bytes, () => compute(bytes));
      tell(answer.codes);
      if (answer.kind === "refused") throw answer.error;
      notes.digest = answer.digest;
      return answer.encoded;
    },
  };
}
