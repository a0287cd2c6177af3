import type { Io } from "../io.ts";
import { UsageError } from "../usage-error.ts";

/** Refuses `-` in more than one flag: standard input can be read once. @throws UsageError */
export function refuseSharedInput(
  flags: Readonly<Record<string, string | readonly string[] | undefined>>,
): void {
  const readers = Object.entries(flags).flatMap(([flag, files]) =>
    [files ?? []].flat().includes("-") ? [flag] : [],
  );
  if (readers.length > 1) {
    throw new UsageError(`${readers.join(" and ")} are both -; standard input can be read once`);
  }
}

/** Standard input that can be iterated any number of times. It is read at the first. */
export function replayable(stdin: Io["stdin"]): Io["stdin"] {
  let chunks: readonly (Uint8Array | string)[] | undefined;
  return {
    async *[Symbol.asyncIterator]() {
      chunks ??= await Array.fromAsync(stdin);
      yield* chunks;
    },
  };
}
