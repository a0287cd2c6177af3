import { create } from "@bufbuild/protobuf";
import {
  FindingCode,
  type Finding as FindingMessage,
  FindingSchema,
  Severity,
} from "../gen/redirect/v1/finding_pb.ts";
import type { Finding } from "../policy/finding.ts";

const SEVERITIES: Readonly<Record<Finding["severity"], Severity>> = {
  info: Severity.INFO,
  warning: Severity.WARNING,
  error: Severity.ERROR,
};

/** By the finding. What is found about a policy is told of each of its pods. */
const messages = new WeakMap<Finding, FindingMessage>();

/** A finding in the contract's words. Not to be changed: other answers tell it, too. */
export function findingMessage(finding: Finding): FindingMessage {
  let message = messages.get(finding);
  if (message === undefined) {
    const { code, severity, ...rest } = finding;
    message = create(FindingSchema, { code: FindingCode[code], severity: SEVERITIES[severity], ...rest });
    messages.set(finding, message);
  }
  return message;
}
