/** Milliseconds of the units that `grpc-timeout` is given in (PROTOCOL-HTTP2.md of gRPC). */
const UNIT_MS: Readonly<Record<string, number>> = {
  H: 3_600_000,
  M: 60_000,
  S: 1000,
  m: 1,
  u: 1e-3,
  n: 1e-6,
};

/** The longest time that a timer of Node takes, 24 days. No call lasts that long: a longer deadline is none. */
export const LONGEST_MS = 2 ** 31 - 1;

/** The milliseconds of a `grpc-timeout`. Undefined for text that is none. */
export function readTimeout(timeout: string): number | undefined {
  const [, digits = "", unit = ""] = /^(\d{1,8})([HMSmun])$/.exec(timeout) ?? [];
  const unitMs = UNIT_MS[unit];
  return unitMs === undefined ? undefined : Number(digits) * unitMs;
}

/**
 * Whether a deadline is further away than a timer can tell. grpc-js folds its milliseconds into 32 bits with a sign
 * (handleTimeoutHeader), so that 30 days are over at once.
 */
export function isEndless(timeout: unknown): boolean {
  return typeof timeout === "string" && (readTimeout(timeout) ?? 0) > LONGEST_MS;
}
