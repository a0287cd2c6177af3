import type { MessageInitShape } from "@bufbuild/protobuf";
import { TooComplexError } from "../analyze/too-complex-error.ts";
import type { BadRequestSchema, ErrorInfoSchema } from "../gen/google/rpc/error_details_pb.ts";

/** The status codes that the service gives, with their numbers in gRPC and in Connect. */
export const STATUS_CODES = {
  INVALID_ARGUMENT: 3,
  NOT_FOUND: 5,
  DEADLINE_EXCEEDED: 4,
  RESOURCE_EXHAUSTED: 8,
  FAILED_PRECONDITION: 9,
  UNIMPLEMENTED: 12,
  INTERNAL: 13,
  UNAVAILABLE: 14,
} as const;

/** Why a call failed, in the terms that gRPC and Connect share. */
export type StatusCode = keyof typeof STATUS_CODES;

/** Who the details of an error come from: `google.rpc.ErrorInfo.domain`. */
const ERROR_DOMAIN = "redirect.v1";

/** A detail of an error: a message that any gRPC library knows how to read. */
export type ErrorDetail =
  | { readonly kind: "bad-request"; readonly value: MessageInitShape<typeof BadRequestSchema> }
  | { readonly kind: "error-info"; readonly value: MessageInitShape<typeof ErrorInfoSchema> }
  /** `google.rpc.RetryInfo`: how long to wait before the next try, in milliseconds. */
  | { readonly kind: "retry-info"; readonly delayMs: number };

/** A call that failed, before any transport gave it a form. What is not one of these is a bug, and stays in the log. */
export class ServiceError extends Error {
  readonly code: StatusCode;
  readonly details: readonly ErrorDetail[];

  constructor(code: StatusCode, message: string, details: readonly ErrorDetail[] = []) {
    // grpc-js percent-encodes the message with encodeURI, which throws on a lone surrogate.
    super(message.toWellFormed());
    this.name = "ServiceError";
    this.code = code;
    this.details = details;
  }
}

/** The bytes of a request are not the message they should be, or not in the form that its headers say. */
export function malformedRequest(reason: string): ServiceError {
  return new ServiceError("INVALID_ARGUMENT", `malformed request: ${reason}`, [
    errorInfo("MALFORMED_REQUEST"),
  ]);
}

/** A request has more bytes than the server reads. */
export function oversizeRequest(limitBytes: number): ServiceError {
  return new ServiceError(
    "RESOURCE_EXHAUSTED",
    `the request is larger than the limit of ${limitBytes} bytes`,
    [errorInfo("REQUEST_TOO_LARGE", { limitBytes: String(limitBytes) })],
  );
}

/**
 * The server has more requests than it can answer in time, and did nothing for this one.
 *
 * @param delayMs how long the caller should wait before it asks again, in milliseconds.
 */
export function overloaded(delayMs: number): ServiceError {
  return new ServiceError("UNAVAILABLE", `the server is overloaded; ask again in ${delayMs} ms`, [
    errorInfo("OVERLOADED"),
    { kind: "retry-info", delayMs },
  ]);
}

/** How long the caller is asked to wait before the next try, in milliseconds. Undefined: nothing is said of that. */
export function retryDelay({ details }: ServiceError): number | undefined {
  return details.find((detail) => detail.kind === "retry-info")?.delayMs;
}

/** The time that the caller gave is over. */
export function deadlineExceeded(): ServiceError {
  return new ServiceError("DEADLINE_EXCEEDED", "the deadline passed before the answer was ready");
}

/** Valid input, and a combination of options that no text can express. */
export function inexpressible(reason: string): ServiceError {
  return new ServiceError("FAILED_PRECONDITION", reason, [errorInfo("INEXPRESSIBLE")]);
}

/** What an analysis gives. @throws ServiceError when the rules interact in more ways than it has room for. */
export function withinBudget<T>(analyse: () => T): T {
  try {
    return analyse();
  } catch (error) {
    if (!(error instanceof TooComplexError)) throw error;
    throw new ServiceError("RESOURCE_EXHAUSTED", error.message, [errorInfo("TOO_COMPLEX")]);
  }
}

/** A bug. The caller learns nothing of it: what happened may hold parts of other callers' requests. */
export function internalError(): ServiceError {
  return new ServiceError("INTERNAL", "internal error; the server's log has the details");
}

/** `google.rpc.ErrorInfo` of this service. */
export function errorInfo(reason: string, metadata: Readonly<Record<string, string>> = {}): ErrorDetail {
  return { kind: "error-info", value: { reason, domain: ERROR_DOMAIN, metadata: { ...metadata } } };
}
