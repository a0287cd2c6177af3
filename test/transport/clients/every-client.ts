import type { Client } from "./client.ts";
import { connectClient, grpcWebClient } from "./connect.ts";
import { grpc } from "./grpc.ts";

/** Every way to call the server: protocol, format of messages and version of HTTP. */
export const EVERY_CLIENT: readonly Client[] = [
  grpc,
  ...(["HTTP/1.1", "HTTP/2"] as const).flatMap((version) =>
    (["json", "binary"] as const).flatMap((format) => [
      connectClient(format, version),
      grpcWebClient(format, version),
    ]),
  ),
];
