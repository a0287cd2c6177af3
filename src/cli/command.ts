import type { Io } from "./io.ts";

/** What `redirect-planner NAME` does. */
export interface Command {
  /** What `--help` prints, with examples; ends in a newline. */
  readonly help: string;
  /**
   * @param argv what stands behind the command's name.
   * @returns the exit code: 0, or 1 when an input was refused.
   * @throws UsageError, InputError
   */
  run(argv: readonly string[], io: Io): Promise<number>;
}
