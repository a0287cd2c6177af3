import {
  create,
  fromBinary,
  fromJsonString,
  type MessageInitShape,
  toBinary,
  toJsonString,
} from "@bufbuild/protobuf";
import { durationMs } from "@bufbuild/protobuf/wkt";
import {
  BadRequestSchema,
  ErrorInfoSchema,
  RetryInfoSchema,
} from "../../../src/gen/google/rpc/error_details_pb.ts";
import { StatusSchema } from "../../../src/gen/google/rpc/status_pb.ts";
import {
  PlanRequestSchema,
  type PlanResponse,
  PlanResponseSchema,
} from "../../../src/gen/redirect/v1/plan_pb.ts";

/** How messages are encoded. */
export type Format = "binary" | "json";

/** What a call came to, the same for every protocol. */
export interface Answer {
  /** By its name in gRPC: `OK`, `INVALID_ARGUMENT`. */
  readonly code: string;
  readonly message: string;
  /** Of `google.rpc.BadRequest`; empty when there is none. */
  readonly violations: readonly Violation[];
  readonly errorInfo?: Info;
  /** Of `google.rpc.RetryInfo`, in milliseconds. */
  readonly retryMs?: number;
  readonly response?: PlanResponse;
}

/** A field violation of `google.rpc.BadRequest`. */
export interface Violation {
  readonly field: string;
  readonly description: string;
  readonly reason: string;
}

/** `google.rpc.ErrorInfo`. */
export interface Info {
  readonly reason: string;
  readonly domain: string;
  readonly metadata: Readonly<Record<string, string>>;
}

/** A detail of an error: the name of its type, and its bytes. */
export interface Detail {
  readonly type: string;
  readonly value: Uint8Array;
}

/** A way to call the server. */
export interface Client {
  readonly name: string;
  readonly format: Format;
  /** @param method Default: `Plan`. */
  readonly call: (port: number, request: Uint8Array, method?: string) => Promise<Answer>;
}

/** The path of a method of the planner. */
export function pathOf(method = "Plan"): string {
  return `/redirect.v1.RedirectPlanner/${method}`;
}

/** A request in one of the formats. */
export function encode(format: Format, init: MessageInitShape<typeof PlanRequestSchema>): Uint8Array {
  const request = create(PlanRequestSchema, init);
  return format === "binary"
    ? toBinary(PlanRequestSchema, request)
    : Buffer.from(toJsonString(PlanRequestSchema, request));
}

/** The answer of a call that went well. */
export function answered(format: Format, body: Uint8Array): Answer {
  const response =
    format === "binary"
      ? fromBinary(PlanResponseSchema, body)
      : fromJsonString(PlanResponseSchema, Buffer.from(body).toString());
  return { code: "OK", message: "", violations: [], response };
}

/** The answer of a call that failed. */
export function failed(code: string, message: string, details: readonly Detail[]): Answer {
  let answer: Answer = { code, message, violations: [] };
  for (const { type, value } of details) {
    switch (type) {
      case "google.rpc.BadRequest": {
        const { fieldViolations } = fromBinary(BadRequestSchema, value);
        const violations = fieldViolations.map(({ field, description, reason }) => ({
          field,
          description,
          reason,
        }));
        answer = { ...answer, violations };
        break;
      }
      case "google.rpc.ErrorInfo": {
        const { reason, domain, metadata } = fromBinary(ErrorInfoSchema, value);
        answer = { ...answer, errorInfo: { reason, domain, metadata } };
        break;
      }
      case "google.rpc.RetryInfo": {
        const { retryDelay } = fromBinary(RetryInfoSchema, value);
        if (retryDelay) answer = { ...answer, retryMs: durationMs(retryDelay) };
        break;
      }
      default:
        throw new Error(`no detail of the planner: ${type}`);
    }
  }
  return answer;
}

/** The details of `grpc-status-details-bin`; none when it is absent. */
export function statusDetails(bytes: Uint8Array | undefined): readonly Detail[] {
  if (bytes === undefined) return [];
  return fromBinary(StatusSchema, bytes).details.map(({ typeUrl, value }) => ({
    type: typeUrl.replace("type.googleapis.com/", ""),
    value,
  }));
}
