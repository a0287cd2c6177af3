import { once } from "node:events";
import type { Server, Socket } from "node:net";
import { setImmediate, setTimeout as wait } from "node:timers/promises";
import type { Limits } from "./limits.ts";

/** What serves the connections of a version of HTTP, as far as a stop goes. */
export interface Stoppable {
  /** Asks every client to send nothing more on its connection. What it still sends is served. */
  readonly announceStop: () => void;
  /** Closes idle connections, and every other one behind what is due on it. */
  readonly drain: () => void;
}

/** What stops. */
export interface StopOptions {
  readonly listener: Server;
  /** The connections that are open. */
  readonly connections: ReadonlySet<Socket>;
  readonly endpoints: readonly Stoppable[];
  readonly limits: Limits;
}

/**
 * Stops a server and loses no request: first its clients are asked to leave while it goes on as before, also with those
 * that were just about to connect or to send; then it takes nothing more, finishes what it has, and cuts off what is left
 * after the time to drain.
 */
export async function stopGracefully({
  listener,
  connections,
  endpoints,
  limits,
}: StopOptions): Promise<void> {
  const cutOff = setTimeout(() => {
    for (const socket of connections) socket.destroy();
  }, limits.drainMs);
  for (const endpoint of endpoints) endpoint.announceStop();
  const lingerMs = Math.min(limits.lingerMs, limits.drainMs);
  await Promise.race([emptied(connections), wait(lingerMs, undefined, { ref: false })]);
  await backlogTaken(listener);
  const closed = once(listener, "close");
  listener.close();
  for (const endpoint of endpoints) endpoint.drain();
  await closed;
  clearTimeout(cutOff);
}

/** Resolves when all connections of now are closed. */
function emptied(connections: ReadonlySet<Socket>): Promise<void> {
  return new Promise((resolve) => {
    const check = (): void => {
      if (connections.size === 0) resolve();
    };
    for (const socket of connections) socket.once("close", check);
    check();
  });
}

/** The most turns of the event loop for which new connections hold a stop up. */
const MOST_TURNS = 1_000;

/** Resolves behind a turn in which nobody connected: who stands in the backlog when a listener closes is reset. */
async function backlogTaken(listener: Server): Promise<void> {
  let connected = true;
  const note = (): void => {
    connected = true;
  };
  listener.on("connection", note);
  for (let turn = 0; connected && turn < MOST_TURNS; turn++) {
    connected = false;
    await setImmediate();
  }
  listener.off("connection", note);
}
