import type { OutgoingHttpHeaders, ServerHttp2Stream } from "node:http2";
import type { OpenCall } from "../observe/call.ts";
import type { UnaryRoute } from "../service/routes.ts";
import { deadlineExceeded, retryDelay, type ServiceError, STATUS_CODES } from "../service/service-error.ts";
import { encodeStatus } from "../service/status.ts";
import type { Admission } from "./admission.ts";
import { frameHead, wholeMessage } from "./frames.ts";

/** A unary call of gRPC. */
export interface PlainCall {
  readonly call: OpenCall;
  /** Serves an encoded request. @throws ServiceError, and nothing else. */
  readonly answer: UnaryRoute["answer"];
  readonly admission: Admission;
  /** How long the caller waits, in milliseconds. Undefined: for as long as it takes. */
  readonly timeoutMs: number | undefined;
  /** Takes the stream, as it came. */
  readonly giveBack: () => void;
}

const HEADERS = {
  ":status": 200,
  "content-type": "application/grpc+proto",
  "grpc-accept-encoding": "identity,deflate,gzip",
};
const TRAILERS = { "grpc-status": "0" };

/**
 * Answers a call on its stream when its request comes as most do, as one message in one piece and not compressed: grpc-js
 * takes as long for a call as reading and writing it takes. Every other call is given back, and grpc-js serves it.
 */
export function answerPlain(stream: ServerHttp2Stream, plain: PlainCall): void {
  const since = performance.now();
  let request: Buffer | undefined;
  const onData = (chunk: Buffer): void => {
    const message = request === undefined ? wholeMessage(chunk) : undefined;
    if (message !== undefined) {
      request = chunk;
      return;
    }
    stream.off("data", onData).off("end", onEnd).pause();
    stream.unshift(request === undefined ? chunk : Buffer.concat([request, chunk]));
    plain.giveBack();
  };
  /** Comes behind one message, or behind nothing at all. */
  const onEnd = (): void => {
    const message = request && wholeMessage(request);
    if (message !== undefined) admit(stream, message, since, plain);
    else {
      stream.off("data", onData).off("end", onEnd);
      plain.giveBack();
      // Who took it waits for the end that is already over.
      stream.emit("end");
    }
  };
  // Each event of a stream comes once. To listen by `once` takes a microsecond more, and a call has four of them.
  stream.on("data", onData).on("end", onEnd);
}

function admit(stream: ServerHttp2Stream, message: Buffer, since: number, plain: PlainCall): void {
  const { call, answer, admission, timeoutMs } = plain;
  call.requestBytes = message.byteLength;
  const isAnswered = (): boolean => stream.headersSent || stream.destroyed || stream.closed;
  const leftMs = (): number => (timeoutMs ?? Number.POSITIVE_INFINITY) - (performance.now() - since);
  const refuse = (error: ServiceError): void => refuseStream(stream, error);
  admission.admit({
    servesAtOnce: true,
    isOver: () => isAnswered() || leftMs() <= 0,
    refuse,
    serve: () => {
      if (isAnswered()) return;
      let answered: Uint8Array;
      try {
        answered = answer(message, call);
      } catch (error) {
        refuse(error as ServiceError);
        return;
      }
      call.responseBytes = answered.byteLength;
      respond(stream, answered);
    },
  });
  if (timeoutMs === undefined || isAnswered()) return;
  // It waits for its turn, or waited in vain.
  const timer = setTimeout(() => refuse(deadlineExceeded()), leftMs());
  stream.once("close", () => clearTimeout(timer));
}

function respond(stream: ServerHttp2Stream, message: Uint8Array): void {
  stream.respond(HEADERS, { waitForTrailers: true });
  stream.on("wantTrailers", () => stream.sendTrailers(TRAILERS));
  // Both in one write.
  stream.cork();
  stream.write(frameHead(message.byteLength));
  stream.end(message);
}

/** Answers a stream that has no answer yet with an error. */
export function refuseStream(stream: ServerHttp2Stream, error: ServiceError): void {
  if (stream.headersSent || stream.destroyed || stream.closed) return;
  stream.respond(errorHeaders(error), { endStream: true });
}

/** A response that is over with its headers (PROTOCOL-HTTP2.md of gRPC, Trailers-Only). */
function errorHeaders(error: ServiceError): OutgoingHttpHeaders {
  const delayMs = retryDelay(error);
  return {
    ...HEADERS,
    "grpc-status": STATUS_CODES[error.code],
    "grpc-message": encodeURI(error.message),
    ...(error.details.length > 0 && {
      "grpc-status-details-bin": Buffer.from(encodeStatus(error)).toString("base64"),
    }),
    // What clients with a retry policy go by (gRFC A6).
    ...(delayMs !== undefined && { "grpc-retry-pushback-ms": delayMs }),
  };
}
