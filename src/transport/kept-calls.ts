import type { ServerHttp2Stream } from "node:http2";
import type { OpenCall } from "../observe/call.ts";
import { frameHead, wholeMessage } from "./frames.ts";

/** A call whose answer may be kept. */
export interface MaybeKnownCall {
  readonly call: OpenCall;
  /** The answer to an encoded request, when it is kept. */
  readonly known: (request: Uint8Array) => Uint8Array | undefined;
  /** Takes the stream, as it came, when its answer is not kept. */
  readonly giveBack: () => void;
}

const HEADERS = {
  ":status": 200,
  "content-type": "application/grpc+proto",
  "grpc-accept-encoding": "identity,deflate,gzip",
};
const TRAILERS = { "grpc-status": "0" };

/**
 * Answers a unary gRPC call whose answer is kept, on its stream: grpc-js takes as long for a call as reading and writing
 * it takes. Every other call is given back: one that is compressed, that comes in several pieces, that has more than one
 * message, or whose answer is not kept.
 */
export function answerKnown(stream: ServerHttp2Stream, { call, known, giveBack }: MaybeKnownCall): void {
  let request: Buffer | undefined;
  let answer: Uint8Array | undefined;
  const onData = (chunk: Buffer): void => {
    const message = request === undefined ? wholeMessage(chunk) : undefined;
    const found = message && known(message);
    if (found === undefined) {
      stream.off("data", onData).off("end", onEnd).pause();
      stream.unshift(request === undefined ? chunk : Buffer.concat([request, chunk]));
      giveBack();
    } else {
      request = chunk;
      answer = found;
    }
  };
  /** Comes behind one message, or behind nothing at all. */
  const onEnd = (): void => {
    if (request === undefined || answer === undefined) {
      stream.off("data", onData);
      giveBack();
      // Who took it waits for the end that is already over.
      stream.emit("end");
      return;
    }
    const head = frameHead(answer.byteLength);
    call.requestBytes = request.byteLength - head.byteLength;
    call.responseBytes = answer.byteLength;
    stream.respond(HEADERS, { waitForTrailers: true });
    stream.once("wantTrailers", () => stream.sendTrailers(TRAILERS));
    // Both in one write.
    stream.cork();
    stream.write(head);
    stream.end(answer);
  };
  stream.on("data", onData).once("end", onEnd);
}
