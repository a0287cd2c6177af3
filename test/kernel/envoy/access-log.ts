import { readFileSync } from "node:fs";
import type { Endpoint } from "./agent-protocol.ts";
import type { Listener } from "./bootstrap.ts";

/** What Envoy's access log says of one connection through it. */
export interface LogEntry {
  /** The listener that took it. */
  readonly listener: Listener;
  /** The caller's end. */
  readonly caller: Endpoint;
  /** Where the caller meant it to go. */
  readonly destination: Endpoint;
  /** Envoy's end of its own connection onwards; absent when it made none. */
  readonly onwardFrom: Endpoint | undefined;
  /** Where that connection went. */
  readonly onwardTo: Endpoint | undefined;
}

/** The configuration of an access log that writes such entries. */
export function logTo(path: string, listener: Listener): Readonly<Record<string, unknown>> {
  const json_format = {
    listener,
    caller: "%DOWNSTREAM_REMOTE_ADDRESS%",
    destination: "%DOWNSTREAM_LOCAL_ADDRESS%",
    onwardFrom: "%UPSTREAM_LOCAL_ADDRESS%",
    onwardTo: "%UPSTREAM_REMOTE_ADDRESS%",
  };
  return {
    name: "envoy.access_loggers.file",
    typed_config: {
      "@type": "type.googleapis.com/envoy.extensions.access_loggers.file.v3.FileAccessLog",
      path,
      log_format: { json_format },
    },
  };
}

/** The entries so far. */
export function readLog(path: string): readonly LogEntry[] {
  return readFileSync(path, "utf8")
    .split("\n")
    .slice(0, -1)
    .map((line) => {
      const { listener, caller, destination, onwardFrom, onwardTo } = JSON.parse(line);
      return {
        listener,
        caller,
        destination,
        onwardFrom: onwardFrom ?? undefined,
        onwardTo: onwardTo ?? undefined,
      };
    });
}
