import type { OutgoingHttpHeaders, ServerHttp2Stream } from "node:http2";
import type { OpenCall } from "../observe/call.ts";
import type { FramedMessage } from "../service/frame.ts";
import type { UnaryRoute } from "../service/routes.ts";
import {
  deadlineExceeded,
  internalError,
  retryDelay,
  ServiceError,
  STATUS_CODES,
} from "../service/service-error.ts";
import { encodeStatus } from "../service/status.ts";
import type { Admission, ReadyCall } from "./admission.ts";
import { wholeMessage } from "./frames.ts";

/** How a method answers calls. */
export interface PlainRoute {
  /** Serves an encoded request. @throws ServiceError, and nothing else. */
  readonly answer: UnaryRoute["answer"];
  readonly admission: Admission;
}

/** A unary call of gRPC. */
export interface PlainCall {
  readonly route: PlainRoute;
  readonly call: OpenCall;
  /** Until when the caller waits, by the clock of `performance.now`. Infinity: for as long as it takes. */
  readonly waitsUntil: number;
  /** Takes the stream, as it came. */
  readonly giveBack: () => void;
}

/**
 * Answers a call on its stream when its request comes as most do, as one message in one piece and not compressed: grpc-js
 * takes as long for a call as reading and writing it takes. Every other call is given back, and grpc-js serves it.
 */
export function answerPlain(stream: ServerHttp2Stream, call: PlainCall): void {
  const coming = new ComingRequest(stream, call);
  // Each event of a stream comes once. To listen by `once` takes a microsecond more, and a call has four of them.
  stream.on("data", coming.onData).on("end", coming.onEnd);
}

/**
 * A request that comes. It is let go of when it is there: what listens to a stream outlives it. Each time that node:http2's
 * map of streams makes room (OrderedHashTable::Rehash of V8), its old table keeps the streams that are open until V8
 * collects old objects.
 */
class ComingRequest {
  readonly #stream: ServerHttp2Stream;
  #call: PlainCall | undefined;
  #read: Buffer | undefined;

  constructor(stream: ServerHttp2Stream, call: PlainCall) {
    this.#stream = stream;
    this.#call = call;
  }

  readonly onData = (chunk: Buffer): void => {
    if (this.#read === undefined && wholeMessage(chunk) !== undefined) {
      this.#read = chunk;
      return;
    }
    this.#stream.pause();
    this.#stream.unshift(this.#read === undefined ? chunk : Buffer.concat([this.#read, chunk]));
    this.#giveBack();
  };

  /** Comes behind one message, or behind nothing at all. */
  readonly onEnd = (): void => {
    const message = this.#read && wholeMessage(this.#read);
    if (message === undefined) {
      this.#giveBack();
      // Who took it waits for the end that is already over.
      this.#stream.emit("end");
      return;
    }
    const call = this.#letGo();
    if (call !== undefined) admit(new ReadyPlainCall(this.#stream, message, call));
  };

  #giveBack(): void {
    this.#stream.off("data", this.onData).off("end", this.onEnd);
    this.#letGo()?.giveBack();
  }

  #letGo(): PlainCall | undefined {
    const call = this.#call;
    this.#call = undefined;
    this.#read = undefined;
    return call;
  }
}

/** A call whose request is there. Its methods are shared: a call makes little that has to be collected. */
class ReadyPlainCall implements ReadyCall {
  readonly servesAtOnce = true;
  readonly stream: ServerHttp2Stream;
  readonly plain: PlainCall;
  readonly #message: Buffer;

  constructor(stream: ServerHttp2Stream, message: Buffer, plain: PlainCall) {
    this.stream = stream;
    this.plain = plain;
    this.#message = message;
    plain.call.requestBytes = message.byteLength;
  }

  isOver(): boolean {
    return isAnswered(this.stream) || performance.now() >= this.plain.waitsUntil;
  }

  refuse(error: ServiceError): void {
    refuseStream(this.stream, error);
  }

  serve(): void {
    if (isAnswered(this.stream)) return;
    const { route, call } = this.plain;
    let answer: FramedMessage;
    try {
      answer = route.answer(this.#message, call);
    } catch (error) {
      this.refuse(error instanceof ServiceError ? error : internalError());
      return;
    }
    call.responseBytes = answer.message.byteLength;
    this.stream.respond(HEADERS, WITH_TRAILERS);
    this.stream.on("wantTrailers", sendTrailers);
    this.stream.end(answer.frame);
  }
}

const HEADERS = {
  ":status": 200,
  "content-type": "application/grpc+proto",
  "grpc-accept-encoding": "identity,deflate,gzip",
};
const WITH_TRAILERS = { waitForTrailers: true };
const TRAILERS = { "grpc-status": "0" };

function sendTrailers(this: ServerHttp2Stream): void {
  this.sendTrailers(TRAILERS);
}

function admit(ready: ReadyPlainCall): void {
  const { stream, plain } = ready;
  plain.route.admission.admit(ready);
  if (plain.waitsUntil === Number.POSITIVE_INFINITY || isAnswered(stream)) return;
  // It waits for its turn, or waited in vain.
  const waitsMs = Math.max(0, plain.waitsUntil - performance.now());
  const timer = setTimeout(() => ready.refuse(deadlineExceeded()), waitsMs);
  stream.once("close", () => clearTimeout(timer));
}

function isAnswered(stream: ServerHttp2Stream): boolean {
  return stream.headersSent || stream.destroyed || stream.closed;
}

/** Answers a stream that has no answer yet with an error. */
export function refuseStream(stream: ServerHttp2Stream, error: ServiceError): void {
  if (isAnswered(stream)) return;
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
