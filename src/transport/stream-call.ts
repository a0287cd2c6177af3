import type { MessageCount } from "../observe/call.ts";
import type { StreamRoute } from "../service/routes.ts";
import { internalError, oversizeRequest, ServiceError } from "../service/service-error.ts";
import { type Exchange, notServed, received, refuse } from "./exchange.ts";
import { ENCODINGS, readMessages } from "./frames.ts";
import type { Limits } from "./limits.ts";
import { loading, type Share } from "./load.ts";
import { limitRequestTime } from "./request-time.ts";
import type { Stopping } from "./stopping.ts";
import { STREAM_PROTOCOLS, STREAM_TYPES, type StreamEnding, type StreamProtocol } from "./stream-protocol.ts";

/** How long a stream may be silent while the server stops, in milliseconds. */
const SILENCE_MS = 1_000;

/** Why a stream's signal is aborted. By default that is an error, whose stack takes ten times as long to make as the rest. */
const OVER = "the stream is over";

/** What a stream is held to. */
export interface StreamOptions {
  readonly limits: Limits;
  readonly share: Share;
  readonly stopping: Stopping;
}

/**
 * Serves a call of a method that streams, in any of the protocols. A message is read when the answers to those before it
 * are written, and an answer is asked for when the one before it has left: what a call holds does not grow with its
 * length, whatever the other side does.
 *
 * @throws what the route throws and is no ServiceError, when the caller has been told of an internal error.
 */
export async function serveStream(
  exchange: Exchange,
  route: StreamRoute,
  { limits, share, stopping }: StreamOptions,
): Promise<void> {
  const { request, response, protocol: name, call, progress } = exchange;
  const protocol = STREAM_PROTOCOLS[name];
  const contentType = request.headers["content-type"] ?? "";
  const format = protocol.formatOf(contentType);
  if (format === undefined || request.method !== "POST" || (name === "grpc" && isHttp1(request))) {
    limitRequestTime(request, response, limits.requestMs);
    refuse(exchange, notServed(request, STREAM_TYPES), 415);
    return;
  }
  response.writeHead(200, { "content-type": contentType });
  const count = { received: 0, sent: 0 };
  call.messages = count;
  const ended = new AbortController();
  const end = (error?: ServiceError): void => {
    if (ended.signal.aborted) return;
    ended.abort(OVER);
    progress.failure = error;
    finish(exchange, protocol.ending(error));
    limitRequestTime(request, response, limits.requestMs);
  };
  response.once("close", () => ended.abort(OVER));
  try {
    endAtDeadline(exchange, protocol, ended.signal, end);
    const heard = endInSilence(stopping, ended.signal, end);
    const messages = readMessages(loading(received(exchange, heard), share), {
      encoding: encodingOf(exchange, protocol),
      limitBytes: limits.messageBytes,
    });
    const requests = counted(isHttp1(request) ? readWhole(messages, limits.messageBytes) : messages, {
      count,
      share,
    });
    for await (const answer of route.answer(requests, { format, signal: ended.signal })) {
      if (ended.signal.aborted) return;
      call.responseBytes += answer.message.byteLength;
      count.sent += 1;
      const left = answer.release && leaving(answer.release);
      if (!response.write(answer.frame, left)) await drained(response);
      heard();
    }
    end();
  } catch (error) {
    if (error instanceof ServiceError) end(error);
    else if (!ended.signal.aborted && !request.destroyed) {
      end(internalError());
      throw error;
    }
  }
}

/** What a write calls back. Of one that was cancelled some bytes may still lie before the connection. */
function leaving(release: () => void): (error?: Error | null) => void {
  return (error) => {
    if (!error) release();
  };
}

/** Ends a response. What the caller still sends is read and dropped, so that it gets to read the end: see `reject`. */
function finish({ request, response }: Exchange, ending: StreamEnding): void {
  switch (ending.kind) {
    case "trailers":
      response.addTrailers(ending.trailers);
      break;
    case "frame":
      response.write(ending.frame);
  }
  if (isHttp1(request) && !request.readableEnded) request.once("end", () => response.end());
  else response.end();
  request.resume();
}

async function* counted(
  messages: AsyncIterable<Uint8Array>,
  { count, share }: { readonly count: MessageCount; readonly share: Share },
): AsyncGenerator<Uint8Array> {
  for await (const message of messages) {
    count.received += 1;
    yield message;
    share.clear();
  }
}

function isHttp1(request: Exchange["request"]): boolean {
  return request.httpVersionMajor < 2;
}

function endAtDeadline(
  { request }: Exchange,
  { timeoutHeader, timeout }: StreamProtocol,
  ended: AbortSignal,
  end: (error: ServiceError) => void,
): void {
  const header = request.headers[timeoutHeader];
  const timeoutMs = header === undefined ? undefined : timeout(String(header));
  if (timeoutMs === undefined) return;
  const timer = setTimeout(
    () => end(new ServiceError("DEADLINE_EXCEEDED", "the operation timed out")),
    timeoutMs,
  );
  ended.addEventListener("abort", () => clearTimeout(timer));
}

/**
 * Ends a stream that nothing comes and goes on for a while when the server stops, for its caller may well wait for ever.
 *
 * @returns to be called when something comes or goes.
 */
function endInSilence(
  stopping: Stopping,
  ended: AbortSignal,
  end: (error: ServiceError) => void,
): () => void {
  let timer: NodeJS.Timeout | undefined;
  const listen = (): void => {
    timer = setTimeout(() => end(new ServiceError("UNAVAILABLE", "the server is stopping")), SILENCE_MS);
  };
  if (stopping.hasBegun()) listen();
  else stopping.add(listen);
  ended.addEventListener("abort", () => {
    stopping.delete(listen);
    clearTimeout(timer);
  });
  return () => timer?.refresh();
}

function encodingOf({ request }: Exchange, { encodingHeader }: StreamProtocol): string {
  const encoding = String(request.headers[encodingHeader] ?? "identity");
  if (ENCODINGS.includes(encoding)) return encoding;
  throw new ServiceError(
    "UNIMPLEMENTED",
    `unknown compression "${encoding}": supported encodings are ${ENCODINGS.join(",")}`,
  );
}

/**
 * All messages of a request, before the first of them is given on. Clients of HTTP/1 read no answer while they send: one
 * that is written in the meantime would fill the connection, and then neither side would move.
 */
async function* readWhole(
  messages: AsyncIterable<Uint8Array>,
  limitBytes: number,
): AsyncGenerator<Uint8Array> {
  const read: Uint8Array[] = [];
  let bytes = 0;
  for await (const message of messages) {
    read.push(message);
    bytes += message.byteLength;
    if (bytes > limitBytes) throw oversizeRequest(limitBytes);
  }
  yield* read;
}

/** Waits until a response takes more, or nobody reads it any longer. */
function drained(response: Exchange["response"]): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      response.off("drain", done).off("close", done);
      resolve();
    };
    response.on("drain", done).on("close", done);
  });
}
