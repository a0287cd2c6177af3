import { Code, ConnectError, createContextKey } from "@connectrpc/connect";
import { status } from "@grpc/grpc-js";
import { ServiceError } from "../service/service-error.ts";

/** What became of a call, noted while connect-node serves it. */
export interface Progress {
  /** Whether the request was read in full and its route was asked. */
  understood: boolean;
  /** What connect-node, the route or the transport threw. */
  failure?: unknown;
}

/** Where a request carries its {@link Progress} through connect-node. */
export const progressKey = createContextKey<Progress | undefined>(undefined, { description: "progress" });

/**
 * Why a request was not understood; `undefined` when it was, or when the failure says itself whose fault it is.
 *
 * connect-node has INTERNAL for bytes that are no message, and what its decoders throw reaches the caller as "internal
 * error". Whatever fails while a request is read is the request's fault.
 */
export function malformation({ understood, failure }: Progress): string | undefined {
  if (understood || failure === undefined) return undefined;
  if (!(failure instanceof ConnectError)) return failure instanceof Error ? failure.message : String(failure);
  const unspecific = failure.code === Code.Internal || failure.code === Code.InvalidArgument;
  if (!unspecific || failure.details.length > 0) return undefined;
  return failure.rawMessage.replace(/^parse binary: /, "");
}

/** The status of a call by its name in gRPC. `answered` tells whether the response was written to its end. */
export function outcome({ failure }: Progress, answered: boolean): string {
  if (!answered) return "CANCELLED";
  if (failure === undefined) return "OK";
  if (failure instanceof ServiceError) return failure.code;
  return failure instanceof ConnectError ? (status[failure.code] ?? "UNKNOWN") : "INTERNAL";
}
