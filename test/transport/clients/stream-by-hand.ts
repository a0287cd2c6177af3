import { fromBinary, fromJsonString } from "@bufbuild/protobuf";
import { type PlanResult, PlanStreamResponseSchema } from "../../../src/gen/redirect/v1/plan_stream_pb.ts";
import { pathOf } from "./client.ts";
import { framesOf, statusName, TRAILER_FLAG, trailersIn } from "./connect.ts";
import { post } from "./http.ts";
import { detailTypes, type StreamClient } from "./stream.ts";

/** What came back for a stream. */
export interface StreamAnswer {
  readonly results: readonly PlanResult[];
  /** How many messages the results came in. */
  readonly messages: number;
  /** What ended the stream, by its name in gRPC. */
  readonly code: string;
  readonly message: string;
}

/** Set in the first byte of the last frame of a stream of Connect. */
const END_FLAG = 0x02;

/** Sends the bytes of a body to `PlanStream`, whatever they are. */
export async function streamByHand(
  client: StreamClient,
  port: number,
  body: Uint8Array,
  headers: Readonly<Record<string, string>> = {},
): Promise<StreamAnswer> {
  const response = await post(
    client.version,
    port,
    pathOf("PlanStream"),
    { "content-type": client.contentType, ...headers },
    body,
  );
  const results: PlanResult[] = [];
  let messages = 0;
  let ended = {
    code: statusName(String(response.trailers["grpc-status"])),
    message: decodeURIComponent(String(response.trailers["grpc-message"] ?? "")),
  };
  for (const { flags, content } of framesOf(response.body)) {
    if (flags === TRAILER_FLAG) {
      const trailers = new Map(trailersIn(content));
      ended = {
        code: statusName(trailers.get("grpc-status")),
        message: decodeURIComponent(trailers.get("grpc-message") ?? ""),
      };
    } else if (flags === END_FLAG) {
      const { error } = JSON.parse(content.toString());
      ended = { code: error?.code.toUpperCase() ?? "OK", message: error?.message ?? "" };
    } else {
      messages++;
      results.push(...decode(client, content).items);
    }
  }
  return { results, messages, ...ended };
}

function decode({ format }: StreamClient, content: Buffer) {
  return format === "binary"
    ? fromBinary(PlanStreamResponseSchema, content)
    : fromJsonString(PlanStreamResponseSchema, content.toString(), { registry: detailTypes });
}
