import type { Http2Server, Http2Session, ServerHttp2Session, ServerHttp2Stream } from "node:http2";

/** The calls of a connection. */
interface Activity {
  calls: number;
  /** When the last of them ended, by the clock of `performance.now`. */
  idleSince: number;
  readonly endCall: () => void;
}

/**
 * Asks HTTP/2 connections to end that have had no call for a time. The account that grpc-js keeps of it costs each call
 * listeners and a timer.
 *
 * @param idleMs How long a connection may have no call, in milliseconds.
 * @returns to be told of each stream that begins.
 */
export function closeIdleConnections(
  server: Http2Server,
  idleMs: number,
): (stream: ServerHttp2Stream) => void {
  const activities = new WeakMap<Http2Session, Activity>();
  server.on("session", (session) => {
    const activity = beginActivity();
    activities.set(session, activity);
    closeWhenIdle(session, activity, idleMs);
  });
  return (stream) => {
    const activity = stream.session && activities.get(stream.session);
    if (activity === undefined) return;
    activity.calls += 1;
    stream.on("close", activity.endCall);
  };
}

function beginActivity(): Activity {
  const activity = {
    calls: 0,
    idleSince: performance.now(),
    endCall() {
      activity.calls -= 1;
      activity.idleSince = performance.now();
    },
  };
  return activity;
}

function closeWhenIdle(session: ServerHttp2Session, activity: Activity, idleMs: number): void {
  let timer: NodeJS.Timeout;
  const check = (): void => {
    const leftMs = activity.calls > 0 ? idleMs : activity.idleSince + idleMs - performance.now();
    if (leftMs > 0) timer = setTimeout(check, leftMs);
    else session.close();
  };
  timer = setTimeout(check, idleMs);
  session.once("close", () => clearTimeout(timer));
}
