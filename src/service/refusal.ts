import { type Finding, refuses } from "../policy/finding.ts";
import { type ErrorDetail, errorInfo, ServiceError } from "./service-error.ts";
import { encodeStatus } from "./status.ts";

/**
 * Most bytes of an encoded status, its percent-encoded message counted as well. gRPC's C core refuses a trailer block
 * over 8 KiB (`GRPC_ARG_MAX_METADATA_SIZE`), base64 makes four bytes of three, and the other trailers need some room.
 */
const STATUS_BUDGET_BYTES = 5632;

/** No budget holds more: a violation takes 22 bytes even with a field and a message of one character each. */
const MOST_SHOWN = STATUS_BUDGET_BYTES / 22;

/**
 * The error that tells a caller what is wrong with a request: a field violation for each finding that refuses it, in
 * their order, as many as a status has room for. What is left out is counted in a last violation and in the metadata.
 *
 * `metadata` of the error info: `findings`, how many refuse the request; `shown`, how many of them are listed;
 * `remarks`, how many more findings do not refuse it; `remedy`, what to do about the first.
 */
export function refusal(findings: readonly Finding[], enforcement: "strict" | "report"): ServiceError {
  const refusing = findings.filter((finding) => refuses([finding], enforcement));
  const [first] = refusing;
  if (first === undefined) throw new Error("a request is refused without a finding that refuses it");

  const build = (shown: number): ServiceError =>
    new ServiceError("INVALID_ARGUMENT", summary(first, refusing.length), [
      {
        kind: "bad-request",
        value: { fieldViolations: violations(refusing, shown) },
      } satisfies ErrorDetail,
      errorInfo(first.code, {
        findings: String(refusing.length),
        shown: String(shown),
        remarks: String(findings.length - refusing.length),
        remedy: first.remedy,
      }),
    ]);

  return build(
    mostThatFit(Math.min(refusing.length, MOST_SHOWN), (shown) => size(build(shown)) <= STATUS_BUDGET_BYTES),
  );
}

function summary(first: Finding, count: number): string {
  const text = first.field === "" ? first.message : `${first.field}: ${first.message}`;
  return count === 1 ? text : `${text} (and ${count - 1} more)`;
}

function violations(refusing: readonly Finding[], shown: number) {
  const listed = refusing.slice(0, shown).map(({ field, message, code }) => ({
    field: field.toWellFormed(),
    description: message.toWellFormed(),
    reason: code,
  }));
  return shown === refusing.length ? listed : [...listed, { description: leftOut(refusing.slice(shown)) }];
}

/** `12 more findings are not shown: 10 INVALID_PORT, 2 INVALID_CIDR`. */
function leftOut(findings: readonly Finding[]): string {
  const counts = new Map<string, number>();
  for (const { code } of findings) counts.set(code, (counts.get(code) ?? 0) + 1);
  const listed = [...counts].map(([code, count]) => `${count} ${code}`).join(", ");
  const what = findings.length === 1 ? "1 more finding is" : `${findings.length} more findings are`;
  return `${what} not shown: ${listed}`;
}

function size(error: ServiceError): number {
  return encodeStatus(error).byteLength + Math.ceil((encodeURI(error.message).length * 3) / 4);
}

/** The greatest count up to `limit` that fits; 0 when none does. What fits, fits with less. */
function mostThatFit(limit: number, fits: (count: number) => boolean): number {
  if (fits(limit)) return limit;
  let low = 0;
  let high = limit;
  while (high - low > 1) {
    const middle = (low + high) >>> 1;
    if (fits(middle)) low = middle;
    else high = middle;
  }
  return low;
}
