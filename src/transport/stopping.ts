/** The beginning of a stop, for streams, which come and go by the thousand while it does not come. */
export interface Stopping {
  readonly hasBegun: () => boolean;
  readonly add: (listener: () => void) => void;
  readonly delete: (listener: () => void) => void;
}

/** @param signal Aborted when the server begins to stop. It would look through all its listeners for each new one. */
export function createStopping(signal: AbortSignal): Stopping {
  const listeners = new Set<() => void>();
  signal.addEventListener("abort", () => {
    for (const listener of listeners) listener();
  });
  return {
    hasBegun: () => signal.aborted,
    add: (listener) => listeners.add(listener),
    delete: (listener) => listeners.delete(listener),
  };
}
