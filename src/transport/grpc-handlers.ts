import {
  Metadata,
  ServerInterceptingCall,
  type ServerInterceptor,
  type ServerUnaryCall,
  type sendUnaryData,
} from "@grpc/grpc-js";
import type { OpenCall } from "../observe/call.ts";
import type { CallNotes, UnaryRoute } from "../service/routes.ts";
import { retryDelay, ServiceError, STATUS_CODES } from "../service/service-error.ts";
import { encodeStatus } from "../service/status.ts";
import type { Admission } from "./admission.ts";

/** An encoded request on its way through grpc-js. */
export interface EncodedRequest {
  readonly message: Buffer;
  /** Of the call that it belongs to, from where it is counted. */
  notes: CallNotes;
}

/** Reads a request for grpc-js, which answers INTERNAL to a message that it cannot decode; that is the caller's fault. */
export const encoded = (message: Buffer): EncodedRequest => ({ message, notes: {} });
/** Writes an answer for grpc-js. */
export const same = (message: Buffer): Buffer => message;

/** Serves the calls of a route that grpc-js has read. */
export function handlerOf(route: UnaryRoute, { admit }: Admission) {
  return (call: ServerUnaryCall<EncodedRequest, Buffer>, respond: sendUnaryData<Buffer>): void =>
    admit({
      servesAtOnce: true,
      // grpc-js tells the caller when the deadline passes.
      isOver: () => call.cancelled || Number(call.getDeadline()) <= Date.now(),
      refuse: (error) => respond(statusOf(error)),
      serve: () => {
        let message: Buffer;
        try {
          message = route.answer(call.request.message, call.request.notes).message;
        } catch (error) {
          respond(statusOf(error));
          return;
        }
        respond(null, message);
      },
    });
}

function statusOf(error: unknown) {
  if (!(error instanceof ServiceError)) throw error;
  const metadata = new Metadata();
  if (error.details.length > 0) metadata.set("grpc-status-details-bin", Buffer.from(encodeStatus(error)));
  // What clients with a retry policy go by (gRFC A6).
  const delayMs = retryDelay(error);
  if (delayMs !== undefined) metadata.set("grpc-retry-pushback-ms", String(delayMs));
  return { code: STATUS_CODES[error.code], details: error.message, metadata };
}

/** Counts the bytes of a call, and has its notes at hand when it is answered. */
export function countingCall(
  next: Parameters<ServerInterceptor>[1],
  counted: OpenCall,
): ServerInterceptingCall {
  return new ServerInterceptingCall(next, {
    start(start) {
      start({
        onReceiveMessage(request: EncodedRequest, receive) {
          counted.requestBytes += request.message.byteLength;
          request.notes = counted;
          receive(request);
        },
      });
    },
    sendMessage(message: Buffer, send) {
      counted.responseBytes += message.byteLength;
      send(message);
    },
  });
}
