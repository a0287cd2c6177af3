import { Code, ConnectError, createContextKey } from "@connectrpc/connect";
import { status } from "@grpc/grpc-js";
import type { CallNotes } from "../service/routes.ts";
import { malformedRequest, oversizeRequest, ServiceError } from "../service/service-error.ts";

/** What became of a call, noted while connect-node serves it. */
export interface Progress {
  /** Whether the request was read in full and its route was asked. */
  understood: boolean;
  /** What the route has to say to the log. */
  readonly notes: CallNotes;
  /** What connect-node, the route or the transport threw. */
  failure?: unknown;
}

/** Where a request carries its {@link Progress} through connect-node. */
export const progressKey = createContextKey<Progress | undefined>(undefined, { description: "progress" });

/** What to make of an answer of connect-node. */
export type Verdict =
  /** It says what it should. */
  | { readonly kind: "send" }
  /** The caller is to get this error in its place. */
  | { readonly kind: "refuse"; readonly error: ServiceError }
  /** It failed on an answer of the planner, which is a bug. */
  | { readonly kind: "fault"; readonly fault: unknown };

/**
 * Judges what connect-node made of a call.
 *
 * connect-node has INTERNAL for bytes that are no message, and what its decoders throw reaches the caller as "internal
 * error"; but whatever fails while a request is read is the request's fault. A deadline that passes in the meantime it
 * only notes.
 *
 * @param limitBytes the most bytes of a message, which an error over it repeats.
 */
export function verdict({ understood, failure }: Progress, limitBytes: number): Verdict {
  if (failure === undefined || failure instanceof ServiceError) return { kind: "send" };
  if (failure instanceof ConnectError) {
    if (failure.code === Code.DeadlineExceeded) {
      return { kind: "refuse", error: new ServiceError("DEADLINE_EXCEEDED", failure.rawMessage) };
    }
    if (!understood && failure.code === Code.ResourceExhausted) {
      return { kind: "refuse", error: oversizeRequest(limitBytes) };
    }
    const unspecific = failure.code === Code.Internal || failure.code === Code.InvalidArgument;
    if (!unspecific || failure.details.length > 0) return { kind: "send" };
    if (!understood) return malformed(failure.rawMessage.replace(/^parse binary: /, ""));
  } else if (!understood) {
    return malformed(failure instanceof Error ? failure.message : String(failure));
  }
  return { kind: "fault", fault: failure };
}

function malformed(reason: string): Verdict {
  return { kind: "refuse", error: malformedRequest(reason) };
}

/** The status of a call by its name in gRPC. `answered` tells whether the response was written to its end. */
export function outcome({ failure }: Progress, answered: boolean): string {
  if (!answered) return "CANCELLED";
  if (failure === undefined) return "OK";
  if (failure instanceof ServiceError) return failure.code;
  return failure instanceof ConnectError ? (status[failure.code] ?? "UNKNOWN") : "INTERNAL";
}
