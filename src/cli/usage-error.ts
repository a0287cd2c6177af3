/** The command line itself, or the environment, is wrong: an unknown flag, a missing value. Exit code 2. */
export class UsageError extends Error {
  override readonly name = "UsageError";
  /** What is wrong, each on a line of its own: one fault or more. */
  readonly faults: readonly string[];

  constructor(...faults: readonly string[]) {
    super(faults.join("; "));
    this.faults = faults;
  }
}
