import { create, toBinary } from "@bufbuild/protobuf";
import { type Any, anyPack, durationFromMs } from "@bufbuild/protobuf/wkt";
import { BadRequestSchema, ErrorInfoSchema, RetryInfoSchema } from "../gen/google/rpc/error_details_pb.ts";
import { StatusSchema } from "../gen/google/rpc/status_pb.ts";
import { type ErrorDetail, type ServiceError, STATUS_CODES } from "./service-error.ts";

/** A failed call as `grpc-status-details-bin` carries it: `google.rpc.Status`, encoded. */
export function encodeStatus(error: ServiceError): Uint8Array {
  return toBinary(
    StatusSchema,
    create(StatusSchema, {
      code: STATUS_CODES[error.code],
      message: error.message,
      details: error.details.map(packDetail),
    }),
  );
}

function packDetail(detail: ErrorDetail): Any {
  switch (detail.kind) {
    case "bad-request":
      return anyPack(BadRequestSchema, create(BadRequestSchema, detail.value));
    case "error-info":
      return anyPack(ErrorInfoSchema, create(ErrorInfoSchema, detail.value));
    case "retry-info":
      return anyPack(
        RetryInfoSchema,
        create(RetryInfoSchema, { retryDelay: durationFromMs(detail.delayMs) }),
      );
  }
}
