import { codeToHttpStatus, errorToJsonBytes } from "@connectrpc/connect/protocol-connect";
import { setTrailerStatus } from "@connectrpc/connect/protocol-grpc";
import type {
  universalRequestFromNodeRequest,
  universalResponseToNodeResponse,
} from "@connectrpc/connect-node";
import type { CallProtocol } from "../observe/call.ts";
import { retryDelay, type ServiceError } from "../service/service-error.ts";
import { toConnectError } from "./connect-error.ts";

type Request = Parameters<typeof universalRequestFromNodeRequest>[0];
type Response = Parameters<typeof universalResponseToNodeResponse>[1];

/**
 * Answers a request that connect-node is not to see, or that it does not answer well, in the form of the caller's
 * protocol: a response of trailers only for gRPC-Web, else the JSON error of Connect.
 *
 * The response ends when the request does. Until then the rest of it is read and dropped: a client that is still sending
 * loses an answer when the connection closes (HTTP/1) or the stream is reset (HTTP/2) behind it. The time that a request
 * may take bounds this.
 *
 * @param httpStatus Default: the one that Connect has for the error's code.
 * @returns the bytes of the body.
 */
export function reject(
  request: Request,
  response: Response,
  protocol: CallProtocol,
  error: ServiceError,
  httpStatus?: number,
): number {
  const connectError = toConnectError(error);
  const delayMs = retryDelay(error);
  if (delayMs !== undefined) response.setHeader("retry-after", Math.ceil(delayMs / 1000));
  let body: Uint8Array = new Uint8Array();
  if (protocol === "grpc-web") {
    const headers = setTrailerStatus(
      new Headers({ "content-type": "application/grpc-web+proto" }),
      connectError,
    );
    response.writeHead(200, { ...Object.fromEntries(headers), "content-length": 0 });
  } else {
    body = errorToJsonBytes(connectError, undefined);
    response.writeHead(httpStatus ?? codeToHttpStatus(connectError.code), {
      "content-type": "application/json",
      "content-length": body.byteLength,
    });
  }
  if (request.readableEnded) response.end(body);
  else {
    response.write(body);
    request.once("end", () => response.end()).resume();
  }
  return body.byteLength;
}
