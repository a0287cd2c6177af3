import type { MessageInitShape } from "@bufbuild/protobuf";
import { FindingCode, type FindingSchema, Severity } from "../gen/redirect/v1/finding_pb.ts";
import type { Finding } from "../policy/finding.ts";

const SEVERITIES: Readonly<Record<Finding["severity"], Severity>> = {
  info: Severity.INFO,
  warning: Severity.WARNING,
  error: Severity.ERROR,
};

/** A finding in the contract's words. */
export function findingMessage({ code, severity, ...rest }: Finding): MessageInitShape<typeof FindingSchema> {
  return { code: FindingCode[code], severity: SEVERITIES[severity], ...rest };
}
