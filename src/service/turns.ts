/** Shares the thread between long computations and everything else. */
export interface Turns {
  /** Whether what is computed now has had its time, and is to wait for its {@link Turns.next} turn. */
  readonly isOver: () => boolean;
  /** Resolves when the caller may compute again. Callers have their turns in the order in which they asked. */
  readonly next: () => Promise<void>;
}

/**
 * Turns of a few milliseconds, with the event loop between them: however many computations there are, another call waits
 * for no more than one turn.
 */
export function createTurns(turnMs: number): Turns {
  const waiting: (() => void)[] = [];
  let ends = 0;
  const begin = (): void => {
    ends = performance.now() + turnMs;
    waiting.shift()?.();
    if (waiting.length > 0) setImmediate(begin);
  };
  return {
    isOver: () => performance.now() >= ends,
    next: () =>
      new Promise((resolve) => {
        if (waiting.push(resolve) === 1) setImmediate(begin);
      }),
  };
}
