import { type FindingCode, FindingCodeSchema } from "../gen/redirect/v1/finding_pb.ts";
import type { RedirectPlanner } from "../gen/redirect/v1/redirect_planner_pb.ts";
import type { Handlers } from "../service/handlers.ts";
import { ServiceError } from "../service/service-error.ts";

/** The handlers, with each finding that a plan or a refusal tells counted by its code. */
export function countingFindings(
  handlers: Handlers<typeof RedirectPlanner>,
  countFinding: (code: string) => void,
): Handlers<typeof RedirectPlanner> {
  return {
    ...handlers,
    plan(request) {
      try {
        const response = handlers.plan(request);
        for (const { code } of response.findings) countFinding(nameOf(code));
        return response;
      } catch (error) {
        if (error instanceof ServiceError) for (const code of refusedBy(error)) countFinding(code);
        throw error;
      }
    },
  };
}

function nameOf(code: FindingCode): string {
  return FindingCodeSchema.value[code]?.name.slice("FINDING_CODE_".length) ?? String(code);
}

function refusedBy({ details }: ServiceError): readonly string[] {
  return details.flatMap((detail) =>
    detail.kind === "bad-request"
      ? (detail.value.fieldViolations ?? []).flatMap(({ reason }) => (reason ? [reason] : []))
      : [],
  );
}
