import { FULL } from "../scripts/requirements.ts";

/** What generated rules and packets begin from. A test that fails prints it; set `KERNEL_SEED` to have the same again. */
export const SEED = Number(process.env["KERNEL_SEED"] ?? Date.now() & 0x7fffffff);

/** How long a test goes on, the search for a smaller case of what failed included. A test that is cut off fails. */
export const TIME_LIMIT = {
  interruptAfterTimeLimit: (FULL ? 900 : 120) * 1000,
  markInterruptAsFailure: true,
};
