import { deadlineExceeded, ServiceError } from "../service/service-error.ts";
import type { Admission } from "./admission.ts";
import { type Exchange, received, refuse } from "./exchange.ts";
import { loading, type Share } from "./load.ts";
import { STREAM_PROTOCOLS } from "./stream-protocol.ts";

/** What gRPC-Web puts before a message. */
const FRAMING_BYTES = 5;

/** What a body is held to. */
export interface BodyOptions {
  readonly admission: Admission;
  readonly share: Share;
  readonly messageBytes: number;
}

/**
 * The body of a request, when it has come in full and the call is to be computed. One that is larger than a message may be
 * ends early, and is for connect-node to refuse.
 *
 * Never resolves for a call that is answered before with an error (the server is overloaded, the deadline has passed), or
 * that nobody waits for any more.
 */
export async function readyBody(
  exchange: Exchange,
  { admission, share, messageBytes }: BodyOptions,
): Promise<Uint8Array> {
  const patience = setPatience(exchange);
  const chunks = loading(received(exchange), share);
  const body = await gathered(chunks, messageBytes + FRAMING_BYTES).catch((error: unknown) => {
    if (error instanceof ServiceError) refuse(exchange, error);
    return nobodyWaits();
  });
  await turn(exchange, admission);
  clearTimeout(patience);
  return body;
}

/** A body that breaks off has a caller that has left; one that is refused is answered. */
function nobodyWaits(): Promise<never> {
  return new Promise(() => {});
}

/** Refuses a call whose deadline passes before it is computed. Gives the timer; undefined when the call has no deadline. */
function setPatience(exchange: Exchange): NodeJS.Timeout | undefined {
  const timeoutMs = timeoutOf(exchange);
  if (timeoutMs === undefined) return undefined;
  const timer = setTimeout(() => refuse(exchange, deadlineExceeded()), timeoutMs);
  exchange.response.once("close", () => clearTimeout(timer));
  return timer;
}

/**
 * Takes from a request how long its caller waits, in milliseconds. connect-node would set a timer of its own for what is
 * left to do, and one that is over at once for more days than it counts. A header that tells no time is for it to refuse.
 */
function timeoutOf({ request, protocol }: Exchange): number | undefined {
  const { timeoutHeader, timeout } = STREAM_PROTOCOLS[protocol];
  const header = request.headers[timeoutHeader];
  if (header === undefined) return undefined;
  try {
    const timeoutMs = timeout(String(header));
    delete request.headers[timeoutHeader];
    return timeoutMs;
  } catch (error) {
    if (error instanceof ServiceError) return undefined;
    throw error;
  }
}

/** The bytes of a body, up to the first that are too many. A million chunks of a byte take no more room than they need. */
async function gathered(chunks: AsyncIterable<Uint8Array>, mostBytes: number): Promise<Uint8Array> {
  let room: Uint8Array = new Uint8Array();
  let length = 0;
  for await (const chunk of chunks) {
    const needed = length + chunk.byteLength;
    if (length === 0) room = chunk;
    else {
      if (needed > room.byteLength) {
        const larger = new Uint8Array(2 * needed);
        larger.set(room.subarray(0, length));
        room = larger;
      }
      room.set(chunk, length);
    }
    length = needed;
    if (length > mostBytes) break;
  }
  return room.subarray(0, length);
}

/** Resolves when the call is to be computed. Never, when it has been answered with an error before, or nobody waits. */
function turn(exchange: Exchange, { admit }: Admission): Promise<void> {
  const isOver = (): boolean => exchange.progress.failure !== undefined || exchange.response.destroyed;
  return new Promise((resolve) => {
    if (!isOver()) {
      admit({ servesAtOnce: false, isOver, serve: resolve, refuse: (error) => refuse(exchange, error) });
    }
  });
}
