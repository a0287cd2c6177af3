import type { Socket } from "node:net";
import type { Limits } from "./limits.ts";
import type { Stoppable } from "./stop.ts";

/** What a client speaks on a connection without TLS. */
export type WireProtocol = "http1" | "http2";

/** What every HTTP/2 client sends first (RFC 9113, section 3.4). No HTTP/1 request line can begin with it. */
const HTTP2_PREFACE = Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");

/** What the first bytes of a connection speak; `undefined` while they could still become either. */
export function wireProtocol(head: Buffer): WireProtocol | undefined {
  const length = Math.min(head.length, HTTP2_PREFACE.length);
  if (!head.subarray(0, length).equals(HTTP2_PREFACE.subarray(0, length))) return "http1";
  return length === HTTP2_PREFACE.length ? "http2" : undefined;
}

/** Takes the connections of each version of HTTP. */
export type Acceptors = Readonly<Record<WireProtocol, (socket: Socket) => void>>;

/** Connections that have not said yet what they speak. */
export interface Beginnings extends Stoppable {
  readonly accept: (socket: Socket) => void;
}

/** Hands connections over by what they speak. */
export function createBeginnings(limits: Limits, acceptors: Acceptors): Beginnings {
  /** When each of them came, by the clock of `performance.now`. */
  const undecided = new Map<Socket, number>();
  return {
    accept(socket) {
      undecided.set(socket, performance.now());
      socket.once("close", () => undecided.delete(socket));
      sniff(socket, limits.headersMs, (protocol) => {
        undecided.delete(socket);
        acceptors[protocol](socket);
      });
    },
    announceStop: () => {},
    drain() {
      const now = performance.now();
      for (const [socket, since] of undecided) {
        // Who has just connected is about to say something.
        const timer = setTimeout(
          () => undecided.has(socket) && socket.destroy(),
          Math.max(0, since + limits.lingerMs - now),
        );
        socket.once("close", () => clearTimeout(timer));
      }
    },
  };
}

/**
 * Waits for the first bytes of a connection, puts them back, and hands the connection over by what they speak. A client
 * that has not said enough after `timeoutMs` is told so as HTTP/1 tells it, and the connection is closed.
 */
function sniff(
  socket: Socket,
  timeoutMs: number,
  handOver: (protocol: WireProtocol, socket: Socket) => void,
): void {
  let head: Buffer = Buffer.alloc(0);
  const giveUp = (): void => {
    socket.end("HTTP/1.1 408 Request Timeout\r\nConnection: close\r\n\r\n", () => socket.destroy());
  };
  // A server that was busy for so long reads what has come meanwhile before it gives up.
  let lastChance: NodeJS.Immediate | undefined;
  const timer = setTimeout(() => {
    lastChance = setImmediate(giveUp);
  }, timeoutMs);
  const forget = (): void => {
    clearTimeout(timer);
    clearImmediate(lastChance);
  };
  const close = (): void => {
    socket.end();
  };
  // A connection that breaks here has nobody to tell.
  const ignore = (): void => {};

  const onData = (chunk: Buffer): void => {
    head = head.length === 0 ? chunk : Buffer.concat([head, chunk]);
    const protocol = wireProtocol(head);
    if (protocol === undefined) return;
    forget();
    socket.off("data", onData).off("end", close).off("close", forget).off("error", ignore);
    socket.pause();
    socket.unshift(head);
    handOver(protocol, socket);
  };
  socket.on("data", onData).on("end", close).on("close", forget).on("error", ignore);
}
