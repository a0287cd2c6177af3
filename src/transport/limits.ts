/** What a client can take of the server. */
export interface Limits {
  /** Most bytes of a message, before and after decompression. A request over it gets RESOURCE_EXHAUSTED. */
  readonly messageBytes: number;
  /** How long a client may take to begin, and for the headers of each HTTP/1 request. */
  readonly headersMs: number;
  /** How long a client may take for a whole request that is not native gRPC. */
  readonly requestMs: number;
  /** How long an HTTP/1 connection may wait for its next request. */
  readonly idleMs: number;
  /** How often an HTTP/2 client without traffic is asked whether it is still there. */
  readonly pingMs: number;
  /** How long calls under way may take to end when the server stops. */
  readonly drainMs: number;
}

/** The limits of a server that is not told others. 4 MiB is what gRPC clients and servers take by default, too. */
export const DEFAULT_LIMITS: Limits = {
  messageBytes: 4 * 1024 * 1024,
  headersMs: 10_000,
  requestMs: 30_000,
  idleMs: 65_000,
  pingMs: 60_000,
  drainMs: 20_000,
};
