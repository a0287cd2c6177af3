import {
  create,
  type DescMessage,
  type DescMethod,
  fromBinary,
  fromJson,
  fromJsonString,
  isMessage,
  type JsonValue,
  type MessageInitShape,
  type MessageShape,
  toBinary,
  toJson,
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
import { RedirectPlanner } from "../../../src/gen/redirect/v1/redirect_planner_pb.ts";
import type { Target } from "./endpoint.ts";

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
  /** The answer of any method, in its JSON form. */
  readonly json?: JsonValue;
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
  readonly call: (target: Target, request: Uint8Array, method?: string) => Promise<Answer>;
}

/** The path of a method of the planner. */
export function pathOf(method = "Plan"): string {
  return `/redirect.v1.RedirectPlanner/${method}`;
}

/** A request for a plan in one of the formats. */
export function encode(format: Format, init: MessageInitShape<typeof PlanRequestSchema>): Uint8Array {
  return encodeMessage(format, PlanRequestSchema, create(PlanRequestSchema, init));
}

/** A request of a method, from its JSON form, in one of the formats. */
export function encodeJson(format: Format, method: string, json: JsonValue): Uint8Array {
  const { input } = methodOf(method);
  return encodeMessage(format, input, fromJson(input, json));
}

function encodeMessage<Desc extends DescMessage>(
  format: Format,
  schema: Desc,
  message: MessageShape<Desc>,
): Uint8Array {
  return format === "binary" ? toBinary(schema, message) : Buffer.from(toJsonString(schema, message));
}

function methodOf(name: string): DescMethod {
  const method = RedirectPlanner.methods.find((candidate) => candidate.name === name);
  if (method === undefined) throw new Error(`there is no method ${name}`);
  return method;
}

/** The answer of a call that went well. */
export function answered(format: Format, body: Uint8Array, method = "Plan"): Answer {
  const { output } = methodOf(method);
  const response =
    format === "binary" ? fromBinary(output, body) : fromJsonString(output, Buffer.from(body).toString());
  return {
    code: "OK",
    message: "",
    violations: [],
    json: toJson(output, response),
    ...(isMessage(response, PlanResponseSchema) && { response }),
  };
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
