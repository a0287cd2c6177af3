import { create, toBinary } from "@bufbuild/protobuf";
import type { Finding } from "../gen/redirect/v1/finding_pb.ts";
import { type PlanResponse, PlanResponseSchema } from "../gen/redirect/v1/plan_pb.ts";

/** The encoded fields of an answer that others have as well, on either side of its findings. */
interface EncodedFields {
  readonly of: PlanResponse;
  readonly before: Uint8Array;
  readonly after: Uint8Array;
}

/** By the plan, which answers that share a policy share. */
const encodedFields = new WeakMap<object, EncodedFields>();

/**
 * An answer in protobuf's wire format: the bytes of `toBinary`. What it has in common with an answer before it is not
 * encoded again: a message is its fields one behind the other, in the order of their numbers.
 */
export function encodePlanResponse(response: PlanResponse): Uint8Array {
  const { before, after } = sharedFields(response);
  const { findings, proof } = response;
  return Buffer.concat([
    before,
    ...findings.map(encodedFinding),
    after,
    ...(proof === undefined ? [] : [encodeFields({ proof })]),
  ]);
}

/** By the finding, of which answers share most. */
const encodedFindings = new WeakMap<Finding, Uint8Array>();

function encodedFinding(finding: Finding): Uint8Array {
  let encoded = encodedFindings.get(finding);
  if (encoded === undefined) {
    encoded = encodeFields({ findings: [finding] });
    encodedFindings.set(finding, encoded);
  }
  return encoded;
}

function sharedFields(response: PlanResponse): Omit<EncodedFields, "of"> {
  const { plan, script, cleanupScript, initContainer, digest, prerequisites } = response;
  const known = plan && encodedFields.get(plan);
  if (known !== undefined && sharesFields(known.of, response)) return known;
  const encoded: EncodedFields = {
    of: response,
    before: encodeFields({ plan, script, cleanupScript, initContainer }),
    after: encodeFields({ digest, prerequisites }),
  };
  if (plan !== undefined) encodedFields.set(plan, encoded);
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
