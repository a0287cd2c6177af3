import { overloaded } from "../service/service-error.ts";

/** What the requests that have not been answered hold together. */
export interface Load {
  /** The part of a call, or of a stream of messages. */
  readonly share: () => Share;
}

/** The part of the load that one call brings. */
export interface Share {
  /** Adds bytes that have come. @throws ServiceError (UNAVAILABLE) when there is no room for them, and clears the share. */
  readonly add: (bytes: number) => void;
  /** Gives all of them back: the call is over, or its message is answered. More may be added afterwards. */
  readonly clear: () => void;
}

/** How much requests may hold. */
export interface LoadOptions {
  /** Most bytes of all requests together. */
  readonly inFlightBytes: number;
  /** How long calls may wait, in milliseconds: a caller that is refused comes back when what was there has been worked off. */
  readonly queueMs: number;
}

/** What each call may hold beside the load, in bytes: nearly every request is smaller, and none of those is refused for it. */
const FREE_BYTES = 64 * 1024;

/**
 * Bounds the memory of large requests. Their number is bounded by the connections and streams, which are there for small
 * ones: as many of the largest messages would take many times the memory of the process.
 *
 * Bytes count when they have come. To count what a request announces would let a client that never sends it keep out
 * others; to let requests wait for room when they have a part of it would let them wait for each other for ever.
 */
export function createLoad({ inFlightBytes, queueMs }: LoadOptions): Load {
  let total = 0;
  return {
    share() {
      let own = 0;
      const counted = (): number => Math.max(0, own - FREE_BYTES);
      const clear = (): void => {
        total -= counted();
        own = 0;
      };
      return {
        clear,
        add(bytes) {
          const before = counted();
          own += bytes;
          total += counted() - before;
          if (total <= inFlightBytes) return;
          clear();
          throw overloaded(Math.round(queueMs * (1 + Math.random())));
        },
      };
    },
  };
}

/** Chunks that count as they come. */
export async function* loading(
  chunks: AsyncIterable<Uint8Array>,
  { add }: Share,
): AsyncGenerator<Uint8Array> {
  for await (const chunk of chunks) {
    add(chunk.byteLength);
    yield chunk;
  }
}
