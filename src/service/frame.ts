/** A frame of gRPC, gRPC-Web and Connect: a byte of flags, four of the length, and as many of a message. */
export const HEAD_BYTES = 5;

/** An encoded message, alone and in the frame that it is sent in; both are the same bytes. */
export interface FramedMessage {
  readonly frame: Buffer;
  readonly message: Buffer;
}

/** Puts a message that comes in parts into its frame. */
export function framed(parts: readonly Uint8Array[], flags = 0): FramedMessage {
  const length = parts.reduce((sum, part) => sum + part.byteLength, 0);
  // Not in Node's pool, as what `Buffer.concat` gives is: a kept answer would keep all that lies beside it in there.
  const frame = Buffer.allocUnsafeSlow(HEAD_BYTES + length);
  frame.writeUInt8(flags);
  frame.writeUInt32BE(length, 1);
  let at = HEAD_BYTES;
  for (const part of parts) {
    frame.set(part, at);
    at += part.byteLength;
  }
  return { frame, message: frame.subarray(HEAD_BYTES) };
}
