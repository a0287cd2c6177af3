import { inNamespace, type Namespace } from "./namespace.ts";
import { FULL } from "./requirements.ts";

/** How many namespaces a test works in at the same time: most of the time they wait for the kernel. */
const WORKERS = 4;

/** Every item when the long tests run in full; else one of `step`, the first and others spread over the list. */
export function slice<T>(items: readonly T[], step: number): readonly T[] {
  return FULL ? items : items.filter((_, index) => index % step === 0);
}

/** Does the same with every item, for some items at the same time, each worker in a network namespace of its own. */
export async function forEachInNamespace<T>(
  items: readonly T[],
  body: (namespace: Namespace, item: T) => Promise<void>,
): Promise<void> {
  const rest = items.values();
  const worker = () =>
    inNamespace(async (namespace) => {
      for (const item of rest) await body(namespace, item);
    });
  await Promise.all(Array.from({ length: WORKERS }, worker));
}
