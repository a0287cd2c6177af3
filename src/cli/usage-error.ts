/** The command line itself is wrong: an unknown flag, a missing value. Exit code 2. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}
