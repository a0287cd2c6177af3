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
    destination ?? pino.destination({ fd: 2, sync: false }),
  );
}

/**
 * The level that `LOG_LEVEL` asks for; `info` when it is unset or empty.
 *
 * @throws Error when it is none of the levels.
 */
export function logLevel(environment: Readonly<Record<string, string | undefined>>): LogLevel {
  const given = environment["LOG_LEVEL"] || "info";
  const level = LOG_LEVELS.find((candidate) => candidate === given.toLowerCase());
  if (level === undefined) throw new Error(`LOG_LEVEL is '${given}'; there are ${LOG_LEVELS.join(", ")}`);
  return level;
}
