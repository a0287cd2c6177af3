import pino, { type DestinationStream, type Logger } from "pino";

export type { Logger } from "pino";

/** How much a logger says, from nothing to everything. */
export const LOG_LEVELS = ["silent", "fatal", "error", "warn", "info", "debug", "trace"] as const;

/** How much a logger says. */
export type LogLevel = (typeof LOG_LEVELS)[number];

/** Settings of a logger. */
export interface LoggerOptions {
  /** Default `info`. */
  readonly level?: LogLevel;
  /** Where lines go. Default: standard error, so that standard output stays free for what a command prints. */
  readonly destination?: DestinationStream;
}

/** A logger that writes a JSON object a line, with the level by name and the time as ISO 8601. */
export function createLogger({ level = "info", destination }: LoggerOptions = {}): Logger {
  return pino(
    {
      level,
      base: null,
      timestamp,
      formatters: { level: (label) => ({ level: label }) },
    },
    destination ?? standardError(),
  );
}

let stampedAt: number | undefined;
let stamp = "";

/** What pino puts into a line for the time, made once a millisecond. */
function timestamp(): string {
  const now = Date.now();
  if (now !== stampedAt) {
    stampedAt = now;
    stamp = `,"time":"${new Date(now).toISOString()}"`;
  }
  return stamp;
}

let shared: DestinationStream | undefined;

/** Where all loggers write that are not told another place. */
function standardError(): DestinationStream {
  shared ??= writeTogether(2);
  return shared;
}

/** How long a line may wait for others, in milliseconds. */
const WAIT_MS = 10;

/** A file to which lines are written together: to write takes as long as to make five of them. */
function writeTogether(fd: number): DestinationStream & { readonly flushSync: () => void } {
  const stream = pino.destination({ fd, sync: false });
  let lines: string[] = [];
  const pass = (): void => {
    if (lines.length > 0) stream.write(lines.join(""));
    lines = [];
  };
  const flushSync = (): void => {
    pass();
    stream.flushSync();
  };
  process.once("exit", flushSync);
  return {
    write(line) {
      if (lines.push(line) === 1) setTimeout(pass, WAIT_MS);
    },
    flushSync,
  };
}
