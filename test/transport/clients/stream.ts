import { createRegistry, type MessageInitShape } from "@bufbuild/protobuf";
import { createClient, type Transport } from "@connectrpc/connect";
import {
  createConnectTransport,
  createGrpcTransport,
  createGrpcWebTransport,
} from "@connectrpc/connect-node";
import { BadRequestSchema, ErrorInfoSchema } from "../../../src/gen/google/rpc/error_details_pb.ts";
import type { PlanResult, PlanStreamRequestSchema } from "../../../src/gen/redirect/v1/plan_stream_pb.ts";
import { RedirectPlanner } from "../../../src/gen/redirect/v1/redirect_planner_pb.ts";
import type { Format } from "./client.ts";
import { type Endpoint, endpointOf, type Target } from "./endpoint.ts";
import type { HttpVersion } from "./http.ts";

/** A way to call a method that streams. */
export interface StreamClient {
  readonly name: string;
  readonly format: Format;
  readonly version: HttpVersion;
  /** The content type of its requests. */
  readonly contentType: string;
  readonly transport: (endpoint: Endpoint) => Transport;
}

/** What the details of errors can be, which JSON names. */
export const detailTypes = createRegistry(BadRequestSchema, ErrorInfoSchema);

/** Every way to call a method that streams: protocol, format of messages and version of HTTP. */
export const EVERY_STREAM_CLIENT: readonly StreamClient[] = [
  {
    name: "gRPC",
    format: "binary",
    version: "HTTP/2",
    contentType: "application/grpc",
    transport: (endpoint) => createGrpcTransport(reaching(endpoint, "HTTP/2")),
  },
  ...(["HTTP/1.1", "HTTP/2"] as const).flatMap((version) =>
    (["binary", "json"] as const).flatMap((format) => {
      const options = {
        httpVersion: version === "HTTP/2" ? "2" : "1.1",
        useBinaryFormat: format === "binary",
        jsonOptions: { registry: detailTypes },
      } as const;
      const suffix = format === "binary" ? "proto" : "json";
      return [
        {
          name: `Connect ${format} over ${version}`,
          format,
          version,
          contentType: `application/connect+${suffix}`,
          transport: (endpoint: Endpoint) =>
            createConnectTransport({ ...options, ...reaching(endpoint, version) }),
        },
        {
          name: `gRPC-Web ${format} over ${version}`,
          format,
          version,
          contentType: `application/grpc-web+${suffix}`,
          transport: (endpoint: Endpoint) =>
            createGrpcWebTransport({ ...options, ...reaching(endpoint, version) }),
        },
      ];
    }),
  ),
];

function reaching({ scheme, connect }: Endpoint, version: HttpVersion) {
  return { baseUrl: `${scheme}://localhost`, nodeOptions: { createConnection: () => connect(version) } };
}

/** What `PlanStream` says to messages, and the error that ended it, if one did. */
export async function planStream(
  client: StreamClient,
  target: Target,
  messages: readonly MessageInitShape<typeof PlanStreamRequestSchema>[],
): Promise<{ readonly results: readonly PlanResult[]; readonly error?: unknown }> {
  const planner = createClient(RedirectPlanner, client.transport(endpointOf(target)));
  const results: PlanResult[] = [];
  try {
    for await (const { items } of planner.planStream(each(messages))) results.push(...items);
  } catch (error) {
    return { results, error };
  }
  return { results };
}

async function* each<T>(items: readonly T[]): AsyncGenerator<T> {
  yield* items;
}
