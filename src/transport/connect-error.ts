import { durationFromMs } from "@bufbuild/protobuf/wkt";
import { ConnectError } from "@connectrpc/connect";
import { BadRequestSchema, ErrorInfoSchema, RetryInfoSchema } from "../gen/google/rpc/error_details_pb.ts";
import { type ErrorDetail, type ServiceError, STATUS_CODES } from "../service/service-error.ts";

/** A failed call in the form that connect-node sends. Codes have the same numbers in gRPC and in Connect. */
export function toConnectError(error: ServiceError): ConnectError {
  return new ConnectError(
    error.message,
    STATUS_CODES[error.code],
    undefined,
    error.details.map(outgoingDetail),
  );
}

type OutgoingDetail = Extract<ConnectError["details"][number], { desc: unknown }>;

function outgoingDetail(detail: ErrorDetail): OutgoingDetail {
  switch (detail.kind) {
    case "bad-request":
      return { desc: BadRequestSchema, value: detail.value };
    case "error-info":
      return { desc: ErrorInfoSchema, value: detail.value };
    case "retry-info":
      return { desc: RetryInfoSchema, value: { retryDelay: durationFromMs(detail.delayMs) } };
  }
}
