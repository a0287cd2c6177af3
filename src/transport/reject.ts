import { codeToHttpStatus, errorToJsonBytes } from "@connectrpc/connect/protocol-connect";
import { setTrailerStatus } from "@connectrpc/connect/protocol-grpc";
import type { universalResponseToNodeResponse } from "@connectrpc/connect-node";
import type { CallProtocol } from "../observe/call.ts";
import type { ServiceError } from "../service/service-error.ts";
import { toConnectError } from "./connect-error.ts";

type Response = Parameters<typeof universalResponseToNodeResponse>[1];

/**
 * Answers a request that connect-node is not to see, or that it answers without saying why, in the form of the caller's
 * protocol: a response of trailers only for gRPC-Web, else the JSON error of Connect.
 *
 * @param httpStatus Default: the one that Connect has for the error's code.
 * @returns the bytes of the body.
 */
export function reject(
  response: Response,
  protocol: CallProtocol,
  error: ServiceError,
  httpStatus?: number,
): number {
  const connectError = toConnectError(error);
  if (protocol === "grpc-web") {
    const headers = setTrailerStatus(
      new Headers({ "content-type": "application/grpc-web+proto" }),
      connectError,
    );
    response.writeHead(200, Object.fromEntries(headers));
    response.end();
    return 0;
  }
  const body = errorToJsonBytes(connectError, undefined);
  response.writeHead(httpStatus ?? codeToHttpStatus(connectError.code), {
    "content-type": "application/json",
    "content-length": body.byteLength,
  });
  response.end(body);
  return body.byteLength;
}
