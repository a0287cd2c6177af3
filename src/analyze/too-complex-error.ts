/** Rules that need more work than a stated limit allows. Foreign rules may be written to do so. */
export class TooComplexError extends Error {
  override readonly name = "TooComplexError";
  readonly limit: number;

  /** `what` there is more of than `limit`, in the plural. */
  constructor(what: string, limit: number) {
    super(`the rules have more than ${limit} ${what}`);
    this.limit = limit;
  }
}
