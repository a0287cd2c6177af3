import { create, toBinary } from "@bufbuild/protobuf";
import type { Finding } from "../gen/redirect/v1/finding_pb.ts";
import { type Plan, type PlanResponse, PlanResponseSchema } from "../gen/redirect/v1/plan_pb.ts";
import { type FramedMessage, framed } from "./frame.ts";

/** An answer and its bytes, with those that others have as well, on either side of its findings. */
interface EncodedAnswer {
  readonly of: PlanResponse;
  readonly answer: FramedMessage;
  readonly before: Uint8Array;
  readonly after: Uint8Array;
}

/** The one that was encoded last, by the plan, which answers that share a policy share. */
const lastAnswers = new WeakMap<Plan, EncodedAnswer>();

/**
 * An answer in protobuf's wire format: the bytes of `toBinary`. What it has in common with an answer before it is not
 * encoded again: a message is its fields one behind the other, in the order of their numbers. Not to be changed: pods
 * about which there is the same to tell get the same bytes.
 */
export function encodePlanResponse(response: PlanResponse): FramedMessage {
  const { plan } = response;
  const last = plan && lastAnswers.get(plan);
  if (last !== undefined && sharesAll(last.of, response)) return last.answer;
  const encoded = encodeAnswer(response, last);
  if (plan !== undefined && isMostlyShared(encoded)) lastAnswers.set(plan, encoded);
  return encoded.answer;
}

/** Most bytes of findings beside as many as the rest of an answer has. */
const FINDING_BYTES = 64 * 1024;

/** Whether keeping an answer keeps little more than what others share. About a pod its author decides how much there is. */
function isMostlyShared({ answer, before, after }: EncodedAnswer): boolean {
  return answer.message.byteLength <= 2 * (before.byteLength + after.byteLength) + FINDING_BYTES;
}

function encodeAnswer(response: PlanResponse, last: EncodedAnswer | undefined): EncodedAnswer {
  const { plan, script, cleanupScript, initContainer, findings, digest, prerequisites, proof } = response;
  const { before, after } =
    last !== undefined && sharesFields(last.of, response)
      ? last
      : {
          before: encodeFields({ plan, script, cleanupScript, initContainer }),
          after: encodeFields({ digest, prerequisites }),
        };
  const encodedFindings = findings.map(encodedFinding);
  const answer = framed([before, ...encodedFindings, after, encodeFields({ proof })]);
  const afterAt = encodedFindings.reduce((at, { byteLength }) => at + byteLength, before.byteLength);
  return {
    of: response,
    answer,
    before: answer.message.subarray(0, before.byteLength),
    after: answer.message.subarray(afterAt, afterAt + after.byteLength),
  };
}

function sharesAll(a: PlanResponse, b: PlanResponse): boolean {
  return (
    sharesFields(a, b) &&
    a.proof === b.proof &&
    a.findings.length === b.findings.length &&
    a.findings.every((finding, index) => finding === b.findings[index])
  );
}

/** By the finding, of which answers share most. */
const findingBytes = new WeakMap<Finding, Uint8Array>();

function encodedFinding(finding: Finding): Uint8Array {
  let encoded = findingBytes.get(finding);
  if (encoded === undefined) {
    encoded = encodeFields({ findings: [finding] });
    findingBytes.set(finding, encoded);
  }
  return encoded;
}

function sharesFields(a: PlanResponse, b: PlanResponse): boolean {
  return (
    a.script === b.script &&
    a.cleanupScript === b.cleanupScript &&
    a.initContainer === b.initContainer &&
    a.digest === b.digest &&
    a.prerequisites === b.prerequisites
  );
}

function encodeFields(
  fields: { readonly [Name in keyof PlanResponse]?: PlanResponse[Name] | undefined },
): Uint8Array {
  return toBinary(PlanResponseSchema, Object.assign(create(PlanResponseSchema), fields));
}
