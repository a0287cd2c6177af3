/** What the command line touches of the world; `process` fits as it is, and a test can give its own. */
export interface Io {
  /** Read to its end, and only for `-f -`. */
  readonly stdin: AsyncIterable<Uint8Array | string>;
  /** Takes results, and nothing else. */
  readonly stdout: OutputStream;
  /** Takes findings, errors and notes. */
  readonly stderr: OutputStream;
  /** Read: `NO_COLOR`, `FORCE_COLOR`, `TERM`, and what the server reads. */
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** A stream that takes text. */
export interface OutputStream {
  write(text: string): unknown;
  /** Whether a person reads it. Default false. */
  readonly isTTY?: boolean;
  /** How many characters fit on a line of the terminal. Default: no limit. */
  readonly columns?: number;
}
