import { promisify } from "node:util";
import { brotliDecompress, gunzip, inflate } from "node:zlib";
import { framed, HEAD_BYTES } from "../service/frame.ts";
import { malformedRequest, oversizeRequest } from "../service/service-error.ts";

/** The flag of a message that is compressed. Every other flag is of the server's last frame. */
const COMPRESSED = 1;

const DECOMPRESS = new Map([
  ["gzip", promisify(gunzip)],
  ["deflate", promisify(inflate)],
  ["br", promisify(brotliDecompress)],
]);

/** How the messages of a request are framed. */
export interface FrameOptions {
  /** How compressed messages are compressed: `gzip`. */
  readonly encoding: string;
  /** Most bytes of a message, before and after decompression. */
  readonly limitBytes: number;
}

/** The encodings of messages that are served. */
export const ENCODINGS: readonly string[] = ["identity", ...DECOMPRESS.keys()];

/**
 * The messages of a body, in bytes that the caller may keep. No more is read than the next message needs.
 *
 * @throws ServiceError when a message is over the limit or none. Else what the body throws.
 */
export async function* readMessages(
  body: AsyncIterable<Uint8Array>,
  options: FrameOptions,
): AsyncGenerator<Uint8Array> {
  const head = Buffer.alloc(HEAD_BYTES);
  let filled = 0;
  // The message has its room from the start: a million chunks of a byte, kept until it is whole, would take a hundred times
  // as much. Memory that nothing was written to costs nothing.
  let message: Buffer | undefined;
  for await (const chunk of body) {
    for (let at = 0; at < chunk.byteLength; ) {
      const target = message ?? head;
      const taken = chunk.subarray(at, at + target.byteLength - filled);
      target.set(taken, filled);
      at += taken.byteLength;
      filled += taken.byteLength;
      if (message === undefined && filled === HEAD_BYTES) {
        message = Buffer.allocUnsafe(lengthOf(head, options));
        filled = 0;
      }
      if (message !== undefined && filled === message.byteLength) {
        yield head.readUInt8(0) === COMPRESSED ? await decompressed(message, options) : message;
        message = undefined;
        filled = 0;
      }
    }
  }
  if (message !== undefined || filled > 0) throw malformedRequest("it ends in the middle of a message");
}

function lengthOf(head: Buffer, { encoding, limitBytes }: FrameOptions): number {
  const flags = head.readUInt8(0);
  if (flags > COMPRESSED) throw malformedRequest(`a message with the flags ${flags}`);
  if (flags === COMPRESSED && !DECOMPRESS.has(encoding)) {
    throw malformedRequest("a compressed message without an encoding");
  }
  const length = head.readUInt32BE(1);
  if (length > limitBytes) throw oversizeRequest(limitBytes);
  return length;
}

async function decompressed(message: Buffer, { encoding, limitBytes }: FrameOptions): Promise<Uint8Array> {
  const decompress = DECOMPRESS.get(encoding);
  if (decompress === undefined) throw malformedRequest(`the encoding ${encoding}`);
  try {
    return await decompress(message, { maxOutputLength: limitBytes });
  } catch (error) {
    const { code, message: reason } = error as NodeJS.ErrnoException;
    throw code === "ERR_BUFFER_TOO_LARGE" ? oversizeRequest(limitBytes) : malformedRequest(reason);
  }
}

/** The message of a chunk that is one frame, not compressed. Undefined when it is anything else. */
export function wholeMessage(chunk: Buffer): Buffer | undefined {
  if (chunk.byteLength < HEAD_BYTES || chunk.readUInt8(0) !== 0) return undefined;
  return chunk.readUInt32BE(1) === chunk.byteLength - HEAD_BYTES ? chunk.subarray(HEAD_BYTES) : undefined;
}

/** A message in its frame, or what ends a stream, with the flags that tell it. */
export function frame(message: Uint8Array, flags = 0): Uint8Array {
  return framed([message], flags).frame;
}
