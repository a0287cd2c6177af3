import { FindingCodeSchema } from "../gen/redirect/v1/finding_pb.ts";
import type { PlanResponse } from "../gen/redirect/v1/plan_pb.ts";
import type { ServiceError } from "./service-error.ts";

/** The names of the codes, each text once: who counts by them finds the same text faster than an equal one. */
const NAMES = new Map(
  FindingCodeSchema.values.map(({ number, name }) => [number, name.slice("FINDING_CODE_".length)]),
);

/** The codes of the findings that an answer tells: `INVALID_PORT`. */
export function codesTold({ findings }: PlanResponse): readonly string[] {
  return findings.map(({ code }) => NAMES.get(code) ?? String(code));
}

/** The codes of the findings that a refusal shows. */
export function codesShown({ details }: ServiceError): readonly string[] {
  return details.flatMap((detail) =>
    detail.kind === "bad-request"
      ? (detail.value.fieldViolations ?? []).flatMap(({ reason }) => (reason ? [reason] : []))
      : [],
  );
}
