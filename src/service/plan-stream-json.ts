import {
  createRegistry,
  fromBinary,
  type JsonObject,
  type JsonValue,
  toJson,
  toJsonString,
} from "@bufbuild/protobuf";
import { BadRequestSchema, ErrorInfoSchema } from "../gen/google/rpc/error_details_pb.ts";
import { PlanRequestSchema } from "../gen/redirect/v1/plan_pb.ts";
import { StatusSchema } from "../gen/redirect/v1/plan_stream_pb.ts";
import { decodeJson, parseJson } from "./codec.ts";
import { framed } from "./frame.ts";
import type { ItemFormat, ItemMessage } from "./plan-stream.ts";
import type { UnaryRoute } from "./routes.ts";
import { malformedRequest, ServiceError } from "./service-error.ts";
import { encodeStatus } from "./status.ts";

const utf8 = new TextEncoder();

/** The messages that the details of an error can be. */
const DETAILS = createRegistry(BadRequestSchema, ErrorInfoSchema);

/**
 * ProtoJSON. Each item becomes a request by itself, so that one of the wrong shape spoils no other. A result is the text of its JSON.
 */
export function jsonItems(plan: UnaryRoute): ItemFormat<JsonValue, string> {
  return {
    noDefaults: {},
    read: (message) => readMessage(parseJson(message)),
    completedBy: (defaults) => (item) => {
      let id = "";
      try {
        if (!isObject(item)) throw malformedRequest("an item is no JSON object");
        id = readId(item);
        const request = item["request"] ?? {};
        const response = plan.handle(decodeJson(PlanRequestSchema, complete(request, defaults)), {});
        return writeResult(id, "response", toJsonString(plan.method.output, response));
      } catch (error) {
        if (!(error instanceof ServiceError)) throw error;
        const status = toJson(StatusSchema, fromBinary(StatusSchema, encodeStatus(error)), {
          registry: DETAILS,
        });
        return writeResult(id, "error", JSON.stringify(status));
      }
    },
    write: (results) => framed([utf8.encode(`{"items":[${results.join(",")}]}`)]),
  };
}

function readMessage(json: JsonValue): ItemMessage<JsonValue> {
  if (!isObject(json)) throw malformedRequest("a message is no JSON object");
  const { defaults, items = [] } = json;
  if (items !== null && !Array.isArray(items)) throw malformedRequest("items is no list");
  return { defaults: defaults ?? undefined, items: items ?? [] };
}

function readId({ id }: JsonObject): string {
  if (typeof (id ?? "") !== "string") throw malformedRequest("the id of an item is no text");
  return String(id ?? "");
}

/** A request with those fields of the defaults that it does not have. */
function complete(request: JsonValue, defaults: JsonValue): JsonValue {
  if (!isObject(request) || !isObject(defaults)) return isObject(request) ? defaults : request;
  const completed: JsonObject = { ...request };
  for (const { name, jsonName } of PlanRequestSchema.fields) {
    const own = request[jsonName] ?? request[name];
    const inherited = defaults[jsonName] ?? defaults[name];
    if ((own ?? undefined) === undefined && inherited !== undefined) completed[jsonName] = inherited;
  }
  return completed;
}

function writeResult(id: string, field: "response" | "error", json: string): string {
  return `{${id === "" ? "" : `"id":${JSON.stringify(id)},`}"${field}":${json}}`;
}

function isObject(json: JsonValue): json is JsonObject {
  return typeof json === "object" && json !== null && !Array.isArray(json);
}
