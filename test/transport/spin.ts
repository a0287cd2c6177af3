/** Keeps the thread busy, as a plan does. @param ms milliseconds. */
export function spin(ms: number): void {
  const end = performance.now() + ms;
  while (performance.now() < end);
}
