import { LRUCache } from "lru-cache";
import type { PlanRequest, PlanResponse } from "../gen/redirect/v1/plan_pb.ts";
import { RedirectPlanner } from "../gen/redirect/v1/redirect_planner_pb.ts";
import { keyOf } from "./bytes-key.ts";
import { codesShown, codesTold } from "./finding-codes.ts";
import type { FramedMessage } from "./frame.ts";
import type { Handlers } from "./handlers.ts";
import type { KeptAnswers, PlanAnswer, Planned } from "./kept-answers.ts";
import { completed, decodePlanRequest } from "./plan-decoding.ts";
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

/** `Plan`, for calls and for the items of a stream. */
export interface PlanRoute extends UnaryRoute {
  /**
   * Answers encoded requests that take from the defaults, a request as well, the fields that they do not have.
   *
   * @returns throws as `answer` does, for every request when the defaults are no message.
   */
  readonly completedBy: (defaults: Uint8Array) => (request: Uint8Array) => FramedMessage;
}

/** `Plan`, which answers an encoded request that it has met before without decoding it. */
export function planRoute({ plan, kept, countFinding, reportFault }: PlanRouteOptions): PlanRoute {
  const method = RedirectPlanner.method.plan;
  const path = pathOf(method);
  const guarded = guardFaults(path, reportFault);
  const numberOf = createNumbers();
  const compute = (decode: () => PlanRequest): PlanAnswer => {
    try {
      return guarded(() => plannedBy(plan(decode())));
    } catch (error) {
      if (error instanceof ServiceError) return { kind: "refused", error, codes: codesShown(error) };
      throw error;
    }
  };
  const tell = (codes: readonly string[]): void => {
    for (const code of codes) countFinding(code);
  };
  const told = (answer: PlanAnswer): Planned => {
    tell(answer.codes);
    if (answer.kind === "refused") throw answer.error;
    return answer;
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
      const answer = kept.get(bytes, 0, () => compute(() => decodePlanRequest(bytes)));
      const { encoded, digest } = told(answer);
      notes.digest = digest;
      return encoded;
    },
    completedBy(defaults) {
      const number = numberOf(defaults);
      let decoded: PlanRequest | undefined;
      const decode = (bytes: Uint8Array): PlanRequest => {
        decoded ??= decodePlanRequest(defaults);
        return completed(decodePlanRequest(bytes), decoded);
      };
      return (bytes) => told(kept.get(bytes, number, () => compute(() => decode(bytes)))).encoded;
    },
  };
}

/** By the response: one that is given to many pods is encoded once. */
const planned = new WeakMap<PlanResponse, Planned>();

function plannedBy(response: PlanResponse): Planned {
  let answer = planned.get(response);
  if (answer === undefined) {
    const { digest } = response;
    answer = { kind: "planned", encoded: encodePlanResponse(response), digest, codes: codesTold(response) };
    planned.set(response, answer);
  }
  return answer;
}

/** Most characters of the keys of defaults that have a number. Others get a new one when they come again. */
const NUMBERED_CHARACTERS = 8_000_000;

/** Numbers defaults: 0 for those that say nothing, and never the same for two. */
function createNumbers(): (defaults: Uint8Array) => number {
  const numbers = new LRUCache<string, number>({
    max: 64,
    maxSize: NUMBERED_CHARACTERS,
    sizeCalculation: (_number, key) => key.length,
  });
  let last = 0;
  return (defaults) => {
    if (defaults.byteLength === 0) return 0;
    const key = keyOf(defaults);
    const known = numbers.get(key);
    if (known !== undefined) return known;
    last += 1;
    numbers.set(key, last);
    return last;
  };
}
