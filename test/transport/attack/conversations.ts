import { setTimeout as wait } from "node:timers/promises";
import { encode, pathOf } from "../clients/client.ts";
import { frame } from "../clients/connect.ts";
import { chance, closed, FLAG, FRAME, headerBlock, http2Frame, inParallel, open, PREFACE } from "./wire.ts";

type Random = () => number;

const MESSAGE = frame(encode("binary", { pod: { metadata: { name: "a" } } }));

const PATHS = [
  pathOf("Plan"),
  pathOf("PlanStream"),
  pathOf("Explain"),
  pathOf("Nothing"),
  "/grpc.health.v1.Health/Watch",
  "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo",
  "/x/Y",
  "/",
] as const;
const TYPES = [
  "application/grpc",
  "application/grpc",
  "Application/GRPC",
  "application/grpc+x",
  "application/grpc-web+proto",
  "application/connect+json",
  "application/proto",
  "application/json",
  "text/html",
] as const;
const TIMEOUTS = ["1m", "0n", "soon", "99999999H"] as const;
/** CANCEL, NO_ERROR, INTERNAL_ERROR, and a code that is none (RFC 9113, section 7). */
const RESET_CODES = [8, 0, 0, 2, 0xffff] as const;

/**
 * Connections of HTTP/2 with frames that are each well formed, in an order that few clients have: calls of every kind that
 * are reset, ended, given trailers or windows anywhere, in packets that end anywhere.
 */
export async function conversations(port: number, count: number): Promise<number> {
  const random = chance(4);
  await inParallel(count, 50, async () => {
    const socket = open(port);
    const bytes = Buffer.concat([PREFACE, ...framesOf(random)]);
    for (let at = 0; at < bytes.byteLength && !socket.destroyed; ) {
      const length = random() < 0.5 ? bytes.byteLength : Math.ceil(random() * 100);
      socket.write(bytes.subarray(at, at + length));
      at += length;
      await wait(random() * 3);
    }
    if (random() < 0.5) socket.destroy();
    else socket.end();
    await Promise.race([closed(socket), wait(100)]);
    socket.destroy();
  });
  return count;
}

function framesOf(random: Random): readonly Buffer[] {
  const frames: Buffer[] = [];
  for (let stream = 1; stream <= 15; stream += 2) {
    let last = headersOf(random, stream);
    frames.push(last);
    while (random() < 0.7) {
      // What a side sends behind its end ends the connection, and so what the other streams could show.
      last = hasEnded(last) && random() < 0.95 ? resetOf(random, stream) : anyFrame(random, stream);
      frames.push(last);
      if (isReset(last)) break;
    }
  }
  return frames;
}

function hasEnded(frame: Buffer): boolean {
  const type = frame.readUInt8(3);
  return (type === FRAME.headers || type === FRAME.data) && (frame.readUInt8(4) & FLAG.endStream) !== 0;
}

function isReset(frame: Buffer): boolean {
  return frame.readUInt8(3) === FRAME.reset;
}

function headersOf(random: Random, stream: number): Buffer {
  const block = headerBlock({
    ":method": random() < 0.9 ? "POST" : "GET",
    ":scheme": "http",
    ":path": oneOf(PATHS, random),
    ":authority": "x",
    "content-type": oneOf(TYPES, random),
    ...(random() < 0.8 && { te: "trailers" }),
    ...(random() < 0.3 && { "grpc-timeout": oneOf(TIMEOUTS, random) }),
    ...(random() < 0.2 && { "grpc-encoding": "gzip" }),
    ...(random() < 0.1 && { "content-length": "7" }),
    ...(random() < 0.1 && { expect: "100-continue" }),
  });
  return http2Frame(FRAME.headers, FLAG.endHeaders | endOf(random, 0.3), stream, block);
}

function anyFrame(random: Random, stream: number): Buffer {
  const body = oneOf(
    [MESSAGE, MESSAGE.subarray(0, -1), MESSAGE.subarray(0, 3), Buffer.alloc(0), Buffer.alloc(6, 0xff)],
    random,
  );
  const number = Buffer.alloc(4);
  switch (Math.floor(random() * 8)) {
    case 0:
    case 1:
    case 2:
      return http2Frame(FRAME.data, endOf(random, 0.5), stream, body);
    case 3:
    case 4:
      return resetOf(random, stream);
    case 5:
      number.writeUInt32BE(1 + Math.floor(random() * 2 ** 20));
      return http2Frame(FRAME.window, 0, random() < 0.5 ? 0 : stream, number);
    case 6:
      return http2Frame(
        FRAME.headers,
        FLAG.endHeaders | FLAG.endStream,
        stream,
        headerBlock({ "x-trailer": "a" }),
      );
    default:
      // The setting 4 is the window of a stream.
      return http2Frame(FRAME.settings, 0, 0, Buffer.from([0, 4, 0, 0, 0, Math.floor(random() * 256)]));
  }
}

function resetOf(random: Random, stream: number): Buffer {
  const code = Buffer.alloc(4);
  code.writeUInt32BE(oneOf(RESET_CODES, random));
  return http2Frame(FRAME.reset, 0, stream, code);
}

function endOf(random: Random, share: number): number {
  return random() < share ? FLAG.endStream : 0;
}

function oneOf<T>(values: readonly [T, ...T[]], random: Random): T {
  return values[Math.floor(random() * values.length)] ?? values[0];
}
