/** A frame of gRPC, gRPC-Web and Connect: a byte of flags, four of the length, and as many of a message. */
export const HEAD_BYTES = 5;

/** An encoded message, alone and in the frame that it is sent in; both are the same bytes. */
export interface FramedMessage {
  readonly frame: Buffer;
  readonly message: Buffer;
}

/** Puts a message that comes in parts into its frame. */
export function framed(parts: readonly Uint8Array[], flags = 0): FramedMessage {
  // Not in Node's pool, as what `Buffer.concat` gives is: a kept answer would keep all that lies beside it in there.
  return filled(Buffer.allocUnsafeSlow(framedLength(parts)), parts, flags);
}

/** The bytes that a message in parts takes in its frame. */
export function framedLength(parts: readonly Uint8Array[]): number {
  return parts.reduce((sum, part) => sum + part.byteLength, HEAD_BYTES);
}

/** Puts a message that comes in parts into a frame as long as both. */
export function filled(frame: Buffer, parts: readonly Uint8Array[], flags = 0): FramedMessage {
  frame.writeUInt8(flags);
  frame.writeUInt32BE(frame.byteLength - HEAD_BYTES, 1);
  let at = HEAD_BYTES;
  for (const part of parts) {
    frame.set(part, at);
    at += part.byteLength;
  }
  return { frame, message: frame.subarray(HEAD_BYTES) };
}
