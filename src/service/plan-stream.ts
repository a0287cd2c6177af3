import { RedirectPlanner } from "../gen/redirect/v1/redirect_planner_pb.ts";
import type { LentMessage } from "./frame-rooms.ts";
import type { PlanRoute } from "./plan-route.ts";
import { binaryItems } from "./plan-stream-binary.ts";
import { jsonItems } from "./plan-stream-json.ts";
import { pathOf, type StreamCall, type StreamRoute } from "./routes.ts";
import { errorInfo, ServiceError } from "./service-error.ts";
import { createTurns, type Turns } from "./turns.ts";

/** Most items of one message. */
export const MAX_ITEMS = 1_000;

/** The size from which on a message of answers is sent, in bytes, or in characters of JSON. */
const MESSAGE_LENGTH = 256 * 1024;

/** How long the items of all streams are planned before other calls have their turn, in milliseconds. */
const TURN_MS = 5;

/** How a format has items and results. */
export interface ItemFormat<Encoded, Result extends { readonly length: number }> {
  /** @throws ServiceError when the message is none. */
  readonly read: (message: Uint8Array) => ItemMessage<Encoded>;
  /** Tells what `Plan` says to items that are completed by defaults, errors as well. Never throws, nor does what it gives. */
  readonly completedBy: (defaults: Encoded) => (item: Encoded) => Result;
  /** A message of results. */
  readonly write: (results: readonly Result[]) => LentMessage;
  /** Defaults that add nothing. */
  readonly noDefaults: Encoded;
}

/** A message of items, which are still encoded: one that cannot be decoded is no reason to refuse the others. */
export interface ItemMessage<Encoded> {
  readonly defaults: Encoded | undefined;
  readonly items: readonly Encoded[];
}

/** `PlanStream`, which asks `Plan` for each item. */
export function planStreamRoute(plan: PlanRoute): StreamRoute {
  const binary = binaryItems(plan);
  const json = jsonItems(plan);
  const turns = createTurns(TURN_MS);
  const method = RedirectPlanner.method.planStream;
  return {
    kind: "stream",
    path: pathOf(method),
    method,
    answer: (requests, call) =>
      call.format === "binary"
        ? answers(binary, turns, requests, call)
        : answers(json, turns, requests, call),
  };
}

async function* answers<Encoded, Result extends { readonly length: number }>(
  format: ItemFormat<Encoded, Result>,
  turns: Turns,
  requests: AsyncIterable<Uint8Array>,
  { signal }: StreamCall,
): AsyncGenerator<LentMessage> {
  let answer = format.completedBy(format.noDefaults);
  for await (const bytes of requests) {
    const message = format.read(bytes);
    if (message.items.length > MAX_ITEMS) throw tooManyItems(message.items.length);
    if (message.defaults !== undefined) answer = format.completedBy(message.defaults);
    let results: Result[] = [];
    let length = 0;
    for (const item of message.items) {
      if (turns.isOver()) await turns.next();
      if (signal.aborted) return;
      const result = answer(item);
      results.push(result);
      length += result.length;
      if (length >= MESSAGE_LENGTH) {
        yield format.write(results);
        results = [];
        length = 0;
      }
    }
    if (results.length > 0) yield format.write(results);
  }
}

function tooManyItems(count: number): ServiceError {
  return new ServiceError("RESOURCE_EXHAUSTED", `a message has ${count} items; it may have ${MAX_ITEMS}`, [
    errorInfo("TOO_MANY_ITEMS", { limit: String(MAX_ITEMS) }),
  ]);
}
