import { constants, type ServerHttp2Stream } from "node:http2";

/**
 * Ends streams whose request does not come to its end in time. Most requests are there when the turn of the event loop in
 * which they began is over; only the others get a timer.
 *
 * @param timeoutMs How long a request may take, in milliseconds.
 * @returns to be told of each stream that begins.
 */
export function createSlowRequests(timeoutMs: number): (stream: ServerHttp2Stream) => void {
  let begun: ServerHttp2Stream[] = [];
  const endTurn = (): void => {
    for (const stream of begun) {
      if (!stream.readableEnded && !stream.closed) endLate(stream, timeoutMs);
    }
    begun = [];
  };
  return (stream) => {
    if (begun.push(stream) === 1) setImmediate(endTurn);
  };
}

function endLate(stream: ServerHttp2Stream, timeoutMs: number): void {
  const timer = setTimeout(() => stream.close(constants.NGHTTP2_CANCEL), timeoutMs);
  const forget = (): void => clearTimeout(timer);
  stream.on("end", forget).on("close", forget);
}
