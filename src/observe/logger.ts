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
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    destination ?? standardError(),
  );
}

let shared: DestinationStream | undefined;

/** Where all loggers write that are not told another place. */
function standardError(): DestinationStream {
  shared ??= writeTurns(2);
  return shared;
}

/**
 * A file to which the lines of one turn of the event loop are written at once: to write one takes longer than to make it.
 */
function writeTurns(fd: number): DestinationStream & { readonly flushSync: () => void } {
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
      if (lines.push(line) === 1) setImmediate(pass);
    },
    flushSync,
  };
}
