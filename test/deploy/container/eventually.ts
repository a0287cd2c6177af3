import { setTimeout as wait } from "node:timers/promises";

/**
 * Tries again and again, until an attempt does not fail.
 *
 * @throws the error of the last attempt when none has succeeded in time.
 */
export async function eventually(attempt: () => Promise<unknown>, seconds = 10): Promise<void> {
  const end = Date.now() + seconds * 1000;
  for (;;) {
    try {
      await attempt();
      return;
    } catch (error) {
      if (Date.now() > end) throw error;
      await wait(2);
    }
  }
}
