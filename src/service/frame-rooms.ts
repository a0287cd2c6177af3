import { type FramedMessage, filled, framed, framedLength } from "./frame.ts";

/** A message whose room may be lent. */
export interface LentMessage extends FramedMessage {
  /**
   * Gives the room back, once: to be called when the bytes have left and nobody reads them any more, and never when that is
   * not certain. A room that is not given back is collected.
   */
  readonly release?: () => void;
}

/** Bytes of a room: a message of results is sent from 256 KiB on, and most results are far shorter than the rest of it. */
export const ROOM_BYTES = 320 * 1024;

/** Most rooms that wait for a message. */
const MOST_ROOMS = 8;

/**
 * Rooms for long messages that leave one behind the other. To get new memory for each makes V8 collect it, which takes
 * longer than to write the messages.
 */
export interface FrameRooms {
  /** Puts a message that comes in parts into a frame. A short one, or one that is longer than a room, gets memory of its own. */
  readonly framed: (parts: readonly Uint8Array[]) => LentMessage;
}

/** Rooms of which none is there yet. */
export function createFrameRooms(): FrameRooms {
  const free: ArrayBuffer[] = [];
  return {
    framed(parts) {
      const length = framedLength(parts);
      if (length < ROOM_BYTES / 2 || length > ROOM_BYTES) return framed(parts);
      const room = free.pop() ?? new ArrayBuffer(ROOM_BYTES);
      let isLent = true;
      return {
        ...filled(Buffer.from(room, 0, length), parts),
        release() {
          if (isLent && free.length < MOST_ROOMS) free.push(room);
          isLent = false;
        },
      };
    },
  };
}
