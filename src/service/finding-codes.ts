import { type FindingCode, FindingCodeSchema } from "../gen/redirect/v1/finding_pb.ts";
import type { PlanResponse } from "../gen/redirect/v1/plan_pb.ts";
import type { ServiceError } from "./service-error.ts";

/** The codes of the findings that an answer tells: `INVALID_PORT`. */
export function codesTold({ findings }: PlanResponse): readonly string[] {
  return findings.map(({ code }) => nameOf(code));
}

/** The codes of the findings that a refusal shows. */
export function codesShown({ details }: ServiceError): readonly string[] {
  return details.flatMap((detail) =>
    detail.kind === "bad-request"
      ? (detail.value.fieldViolations ?? []).flatMap(({ reason }) => (reason ? [reason] : []))
      : [],
  );
}

function nameOf(code: FindingCode): string {
  return FindingCodeSchema.value[code]?.name.slice("FINDING_CODE_".length) ?? String(code);
}
