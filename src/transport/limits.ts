import { MOST_LIST_ITEMS } from "../service/list-limit.ts";

/** What a client can take of the server. Times are in milliseconds. */
export interface Limits {
  /** Most bytes of a message, before and after decompression. A request over it gets RESOURCE_EXHAUSTED. */
  readonly messageBytes: number;
  /** Most items of a list of a request, or of an annotation that is one. A request over it gets INVALID_ARGUMENT. */
  readonly listItems: number;
  /** Most connections at a time. One more is closed at once. */
  readonly connections: number;
  /** Most calls at a time on an HTTP/2 connection. The client is told, and keeps to it; what is over it is refused. */
  readonly streams: number;
  /** After this time, give or take a tenth, a connection is asked to end, so that clients find new replicas. */
  readonly connectionAgeMs: number;
  /** How long the calls of a connection that was asked to end may take. What is left then is cut off. */
  readonly connectionAgeGraceMs: number;
  /** How long a connection may have no call. */
  readonly idleMs: number;
  /** How long a client may take to begin, and for the headers of each HTTP/1 request. */
  readonly headersMs: number;
  /** How long a client may take to send a whole request that is no stream of messages. */
  readonly requestMs: number;
  /** How often an HTTP/2 client without traffic is asked whether it is still there. */
  readonly pingMs: number;
  /** Most calls that wait to be computed. One more gets UNAVAILABLE at once. */
  readonly queueCalls: number;
  /** How long a call may wait to be computed. One that has waited longer gets UNAVAILABLE. */
  readonly queueMs: number;
  /** Most bytes that requests hold together until they are answered, beside 64 KiB for each. More get UNAVAILABLE. */
  readonly inFlightBytes: number;
  /** How long a server that stops takes what clients send that have not heard of it yet. */
  readonly lingerMs: number;
  /** How long calls under way may take to end when the server stops. */
  readonly drainMs: number;
  /** Most bytes of answers to `Plan` that are kept, with their requests. 0: none is. */
  readonly keptAnswerBytes: number;
}

/** The limits of a server that is not told others. 4 MiB is what gRPC clients and servers take by default, too. */
export const DEFAULT_LIMITS: Limits = {
  messageBytes: 4 * 1024 * 1024,
  listItems: MOST_LIST_ITEMS,
  connections: 2_000,
  streams: 250,
  connectionAgeMs: 600_000,
  connectionAgeGraceMs: 60_000,
  idleMs: 300_000,
  headersMs: 10_000,
  requestMs: 30_000,
  pingMs: 60_000,
  queueCalls: 1_000,
  queueMs: 500,
  inFlightBytes: 16 * 1024 * 1024,
  lingerMs: 1_000,
  drainMs: 20_000,
  keptAnswerBytes: 8 * 1024 * 1024,
};
