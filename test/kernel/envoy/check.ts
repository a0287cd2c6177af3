import assert from "node:assert/strict";
import { endpoint } from "./agent-protocol.ts";
import { LISTENERS, type Listener } from "./bootstrap.ts";
import type { Case } from "./cases.ts";
import type { Connections } from "./envoy-process.ts";
import type { PodLab } from "./pod-lab.ts";

/**
 * Makes a call and holds what came of it to what is expected: the answer, the way that the server and Envoy's access log
 * tell, where Envoy was told that it was bound for, and that Envoy took no connection beside those of that way.
 */
export async function check(lab: PodLab, { call, expected }: Omit<Case, "name">): Promise<void> {
  const { outcome, path, connections } = await lab.witness(call);
  const seen = JSON.stringify({ outcome, path });
  assert.equal(outcome.kind === "answered" ? outcome.status : undefined, expected.status, seen);
  assert.deepEqual(connections, counted(expected.hops), seen);
  if (path === undefined) return;
  assert.deepEqual(
    path.map(({ listener }) => listener),
    expected.hops,
    seen,
  );
  for (const { destination } of path.slice(0, 1)) {
    assert.equal(destination, endpoint(call.address, call.port), "the original destination");
  }
}

function counted(hops: readonly Listener[]): Connections {
  return Object.fromEntries(
    LISTENERS.map((listener) => [listener, hops.filter((hop) => hop === listener).length] as const).filter(
      ([, count]) => count > 0,
    ),
  );
}
