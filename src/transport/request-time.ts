import { constants } from "node:http2";
import type { Exchange } from "./exchange.ts";

/**
 * Ends a stream of HTTP/2 whose request is not there in time. On a connection of HTTP/1 node:http does that.
 */
export function limitRequestTime(
  request: Exchange["request"],
  response: Exchange["response"],
  timeMs: number,
): void {
  if (!("stream" in response) || request.complete) return;
  const { stream } = response;
  const timer = setTimeout(() => request.complete || stream.close(constants.NGHTTP2_CANCEL), timeMs);
  stream.once("close", () => clearTimeout(timer));
}
