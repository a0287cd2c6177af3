import type { Route } from "../service/routes.ts";
import { overloaded, type ServiceError } from "../service/service-error.ts";

/** A call that has been read and is to be computed. */
export interface ReadyCall {
  /** Computes and answers it. */
  readonly serve: () => void;
  /** Whether it is computed when `serve` returns, or only after promises that `serve` sets off. */
  readonly servesAtOnce: boolean;
  /** Answers it with an error instead. */
  readonly refuse: (error: ServiceError) => void;
  /** Whether nobody waits for it any more: its caller has left, or its deadline has passed. Then it is dropped. */
  readonly isOver: () => boolean;
}

/** Decides when a call is computed, and whether. */
export interface Admission {
  /** Serves a call now, in its turn, or not at all. */
  readonly admit: (call: ReadyCall) => void;
  /** To be told of every new connection. */
  readonly connected: () => void;
  /** How many calls wait for their turn. */
  readonly waiting: () => number;
}

/** Who decides for the calls of a route. */
export type AdmissionOf = (route: Route) => Admission;

/** How much may wait. */
export interface AdmissionOptions {
  /** Most calls that wait. One more is refused at once. */
  readonly queueCalls: number;
  /** How long a call may wait, in milliseconds. One that has waited longer is refused when its turn comes. */
  readonly queueMs: number;
  /**
   * How long the server computes before it reads on, and how long it takes new connections before it computes on, in
   * milliseconds. Default 5: short beside what a client waits, long beside one call.
   */
  readonly turnMs?: number;
  /** Tells the time, in milliseconds since any beginning. Default: the machine's clock. */
  readonly clock?: () => number;
}

/**
 * Bounds how long admitted calls wait.
 *
 * Planning is work for one thread, so calls wait for each other wherever they stand. Left alone they would stand in the
 * sockets: one turn of the event loop computes everything that it reads, and what has arrived behind waits unseen, for as
 * long as that takes, with nobody to refuse it. So a turn computes for a few milliseconds only. What it reads after that,
 * which costs little, goes into a queue that can be seen; each of the next turns computes as long from the head of the
 * queue, and reads on. When more arrives than is computed the queue is full, and the rest is refused at the cost of
 * reading it. The number of calls bounds memory, and the wait behind small calls; the time bounds the wait behind large
 * ones. An admitted call waits for `queueMs` and one computation at the most.
 *
 * A turn takes only one new connection (uv__server_io), so that a server which computes in every turn would leave the
 * others standing in the backlog, unseen again. So while they come, turns go by without computing, for as long as one
 * would compute.
 */
export function createAdmission({
  queueCalls,
  queueMs,
  turnMs = 5,
  clock = () => performance.now(),
}: AdmissionOptions): Admission {
  const queue: { readonly call: ReadyCall; readonly since: number }[] = [];
  /** Undefined between turns. */
  let turnEnds: number | undefined;
  let connectsUntil = 0;
  let hasConnected = false;

  /** When this turn stops computing. Opens one that is not yet open. */
  const endOfTurn = (now: number): number => {
    if (turnEnds === undefined) {
      turnEnds = now + turnMs;
      setImmediate(nextTurn);
    }
    return turnEnds;
  };
  const nextTurn = (): void => {
    if (hasConnected && queue.length > 0 && clock() < connectsUntil) {
      hasConnected = false;
      setImmediate(nextTurn);
      return;
    }
    compute();
    connectsUntil = clock() + turnMs;
  };
  const compute = (): void => {
    turnEnds = undefined;
    for (let call = takeNext(); call !== undefined; call = takeNext()) {
      const ends = endOfTurn(clock());
      call.serve();
      // What a promise computes cannot be counted here, and so gets a turn for itself.
      if (!call.servesAtOnce || clock() >= ends) break;
    }
  };
  /** The first call that has not waited in vain. */
  const takeNext = (): ReadyCall | undefined => {
    const now = clock();
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      const { call, since } = next;
      if (call.isOver()) continue;
      if (now - since <= queueMs) return call;
      call.refuse(overloaded(retryMs()));
    }
    return undefined;
  };
  /** By then the queue of now has been worked off. Spread, so that those refused together do not come back together. */
  const retryMs = (): number => Math.round(queueMs * (1 + Math.random()));

  return {
    waiting: () => queue.length,
    connected: () => {
      hasConnected = true;
    },
    admit(call) {
      const now = clock();
      const ends = endOfTurn(now);
      if (call.servesAtOnce && queue.length === 0 && now < ends) call.serve();
      else if (queue.length >= queueCalls) call.refuse(overloaded(retryMs()));
      else queue.push({ call, since: now });
    },
  };
}

/** Serves every call at once: for calls that cost nothing, such as those that ask whether the server lives. */
export const openAdmission: Admission = {
  admit: (call) => call.serve(),
  connected: () => {},
  waiting: () => 0,
};
