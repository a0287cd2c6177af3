import { LRUCache } from "lru-cache";
import { keyOf } from "./bytes-key.ts";
import type { FramedMessage } from "./frame.ts";
import type { ServiceError } from "./service-error.ts";

/** A plan that `Plan` answers with, and the codes of the findings that it tells. */
export interface Planned {
  readonly kind: "planned";
  readonly encoded: FramedMessage;
  readonly digest: string;
  readonly codes: readonly string[];
}

/** What `Plan` says to a request. */
export type PlanAnswer =
  | Planned
  | { readonly kind: "refused"; readonly error: ServiceError; readonly codes: readonly string[] };

/** How much use a memory of answers was. */
export interface KeptAnswersUse {
  /** Requests whose answer was there. */
  readonly hits: number;
  readonly misses: number;
  readonly answers: number;
  /** Of the requests and the answers that are kept, encoded. */
  readonly bytes: number;
}

/** Answers by the bytes of their requests, as many as there is room for; those asked for last stay. */
export interface KeptAnswers {
  /**
   * The answer to a request; the one that `answer` gives when none is kept, which then is.
   *
   * @param defaults The number of the defaults that complete the request. 0: it is complete.
   */
  readonly get: (request: Uint8Array, defaults: number, answer: () => PlanAnswer) => PlanAnswer;
  readonly use: () => KeptAnswersUse;
}

/** An answer that is kept. A complete request may have the key of one that defaults complete; so the number tells. */
interface KeptAnswer {
  readonly answer: PlanAnswer;
  readonly defaults: number;
}

/** No answer may take more than this part of the room: a caller with large requests is not to push out all others. */
const LARGEST_PART = 1 / 8;

/** What an entry takes beside its bytes: its digest, its codes, its place. */
const ENTRY_BYTES = 384;

/** What a refusal takes: what is encoded of it is bounded, and its texts are kept once more. */
const REFUSAL_BYTES = 16 * 1024;

/**
 * Keeps answers. `Plan` is a pure function of its request, so an answer is right for as long as the process lives.
 *
 * @param room Most bytes of requests and answers. 0: nothing is kept.
 */
export function createKeptAnswers(room: number): KeptAnswers {
  const kept =
    room === 0
      ? undefined
      : new LRUCache<string, KeptAnswer>({
          maxSize: room,
          maxEntrySize: Math.ceil(room * LARGEST_PART),
          sizeCalculation: ({ answer }, key) => key.length + sizeOf(answer) + ENTRY_BYTES,
        });
  let hits = 0;
  let misses = 0;
  return {
    get(request, defaults, answer) {
      if (kept === undefined) return answer();
      const key = defaults === 0 ? keyOf(request) : `${defaults} ${keyOf(request)}`;
      const known = kept.get(key);
      if (known?.defaults === defaults) {
        hits += 1;
        return known.answer;
      }
      misses += 1;
      const found = answer();
      if (isLasting(found)) kept.set(key, { answer: found, defaults });
      return found;
    },
    use: () => ({ hits, misses, answers: kept?.size ?? 0, bytes: kept?.calculatedSize ?? 0 }),
  };
}

/** Whether an answer depends on nothing but its request: not on a budget, a load or a bug. */
function isLasting(answer: PlanAnswer): boolean {
  if (answer.kind === "planned") return true;
  return answer.error.code === "INVALID_ARGUMENT" || answer.error.code === "FAILED_PRECONDITION";
}

function sizeOf(answer: PlanAnswer): number {
  return answer.kind === "planned" ? answer.encoded.frame.byteLength : REFUSAL_BYTES;
}
