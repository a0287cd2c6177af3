import type { LogEntry } from "./access-log.ts";
import type { Endpoint } from "./agent-protocol.ts";

/**
 * The way of a connection through Envoy, from its caller to its server: the entries of the access log that join the end
 * that the caller has to the end that the server sees. Empty when both are the same: no proxy stood between. undefined
 * when the entries do not join them.
 */
export function pathBetween(
  caller: Endpoint,
  seen: Endpoint,
  log: readonly LogEntry[],
): readonly LogEntry[] | undefined {
  const path: LogEntry[] = [];
  let end = seen;
  while (end !== caller) {
    const entry = log.find(({ onwardFrom }) => onwardFrom === end);
    if (entry === undefined || path.includes(entry)) return undefined;
    path.unshift(entry);
    end = entry.caller;
  }
  return path;
}
