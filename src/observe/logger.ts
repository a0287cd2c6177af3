import pino, { type DestinationStream, type Logger as PinoLogger } from "pino";
import type { FinishedCall } from "./call.ts";

/** Writes lines. */
export interface Logger extends PinoLogger {
  /** Writes the line of a call, at level `info`. */
  readonly call: (call: FinishedCall) => void;
}

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
  const stream = destination ?? standardError();
  const writeCall = "writeLater" in stream ? stream.writeLater : stream.write.bind(stream);
  const logger = pino(
    {
      level,
      base: null,
      timestamp: () => `,"time":"${time()}"`,
      formatters: { level: (label) => ({ level: label }) },
    },
    stream,
  );
  const call = (finished: FinishedCall): void => {
    if (logger.isLevelEnabled("info")) writeCall(callLine(finished));
  };
  return Object.assign(logger, { call });
}

/** The line that pino writes for a call, in a third of the time: its fields are known, and which of them may hold any text. */
function callLine(call: FinishedCall): string {
  const { method, protocol, code, durationMs, requestBytes, responseBytes } = call;
  const { peer, requestId, messages, digest, payload, traceparent } = call;
  return (
    `{"level":"info","time":"${time()}","method":${JSON.stringify(method)},"protocol":"${protocol}",` +
    `"code":"${code}","durationMs":${durationMs},"requestBytes":${requestBytes},"responseBytes":${responseBytes}` +
    `${field("peer", peer)}${field("requestId", requestId)}${field("messages", messages)}` +
    `${digest === undefined ? "" : `,"digest":"${digest}"`}${field("payload", payload)}` +
    `${field("traceparent", traceparent)},"msg":"call"}\n`
  );
}

function field(name: string, value: unknown): string {
  return value === undefined ? "" : `,"${name}":${JSON.stringify(value)}`;
}

let timedAt: number | undefined;
let text = "";

/** The time as ISO 8601, made once a millisecond. */
function time(): string {
  const now = Date.now();
  if (now !== timedAt) {
    timedAt = now;
    text = new Date(now).toISOString();
  }
  return text;
}

let shared: PatientFile | undefined;

/** Where all loggers write that are not told another place. */
function standardError(): PatientFile {
  shared ??= patientFile(2);
  return shared;
}

/** How long a line may wait for others, in milliseconds. */
const WAIT_MS = 50;

/** Room for the lines that wait, in bytes: as many as a pipe takes at once, so that little is on its way when all ends. */
const ROOM_BYTES = 64 * 1024;

/** Most bytes of a character of a JavaScript string in UTF-8. */
const CHARACTER_BYTES = 3;

/** A file to which lines can be written together: to write takes as long as to make five of them. */
interface PatientFile extends DestinationStream {
  /** Writes a line behind those of this turn of the event loop. */
  readonly write: (line: string) => void;
  /** Writes a line within a moment, with others. */
  readonly writeLater: (line: string) => void;
  readonly flushSync: () => void;
}

/**
 * What waits is kept as bytes, outside the heap. Kept as strings it would outlive the collections of new objects, and make
 * them take as long as the calls.
 */
function patientFile(fd: number): PatientFile {
  const stream = pino.destination({ fd, sync: false, contentMode: "buffer" });
  const room = Buffer.allocUnsafeSlow(ROOM_BYTES);
  let used = 0;
  let soon: NodeJS.Immediate | undefined;
  let later: NodeJS.Timeout | undefined;
  const pass = (): void => {
    clearImmediate(soon);
    clearTimeout(later);
    soon = undefined;
    later = undefined;
    if (used > 0) stream.write(Buffer.from(room.subarray(0, used)) as never);
    used = 0;
  };
  const add = (line: string): void => {
    if (line.length * CHARACTER_BYTES > ROOM_BYTES - used) pass();
    if (line.length * CHARACTER_BYTES > ROOM_BYTES) stream.write(Buffer.from(line) as never);
    else used += room.write(line, used);
  };
  const flushSync = (): void => {
    pass();
    stream.flushSync();
  };
  process.once("exit", flushSync);
  return {
    write(line) {
      add(line);
      soon ??= setImmediate(pass);
    },
    writeLater(line) {
      add(line);
      later ??= setTimeout(pass, WAIT_MS);
    },
    flushSync,
  };
}
