import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, chownSync, closeSync, mkdirSync, openSync } from "node:fs";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import { PROXY_PORTS, PROXY_UID } from "../../../src/policy/profile.ts";
import type { Namespace } from "../scripts/namespace.ts";
import { pathOf } from "../scripts/requirements.ts";
import { type LogEntry, readLog } from "./access-log.ts";
import type { Agent } from "./agent-process.ts";
import { bootstrap, LISTENERS, type Listener } from "./bootstrap.ts";

/** A running Envoy, and what it says of the connections it had. */
export interface Envoy {
  /** Its access log so far. An entry is written when its connection ends. */
  log(): readonly LogEntry[];
  /** How many connections each listener has taken since the start; listeners without any are left out. */
  connections(): Promise<Connections>;
  /** Ends it, and waits for its end. */
  stop(): Promise<void>;
}

/** Connections by the listener that took them. */
export type Connections = Readonly<Partial<Record<Listener, number>>>;

/** Milliseconds between looks at something that takes its time. */
export const POLL = 2;

/** Milliseconds that Envoy may take to start. */
const PATIENCE = 20_000;

/**
 * Starts Envoy as the proxy's user, and waits until it serves.
 *
 * @param app A process of the pod, which asks Envoy's admin interface.
 */
export async function startEnvoy(program: string, { pid, folder }: Namespace, app: Agent): Promise<Envoy> {
  const own = join(folder, "envoy");
  const logPath = join(own, "access.log");
  mkdirSync(own);
  chownSync(own, PROXY_UID, PROXY_UID);
  chmodSync(folder, 0o711);
  // The program may be in a folder that is closed to its user, and is started by its descriptor.
  const descriptor = openSync(program, "r");
  const child = spawn(pathOf("nsenter"), [`--net=/proc/${pid}/ns/net`, ...AS_PROXY, ...parameters(logPath)], {
    stdio: ["ignore", "ignore", "pipe", descriptor],
  });
  closeSync(descriptor);
  const ended = once(child, "exit");
  const complaints = child.stderr === null ? "" : text(child.stderr);
  const admin = async (path: string): Promise<string | undefined> => {
    const call = { protocol: "tcp", address: "127.0.0.1", port: PROXY_PORTS.admin, path } as const;
    const outcome = await app.ask({ kind: "call", ...call });
    return outcome.kind === "answered" && outcome.status === 200 ? outcome.body : undefined;
  };

  const start = Date.now();
  while ((await admin("/ready")) === undefined) {
    if (child.exitCode !== null) throw new Error(`Envoy ended: ${await complaints}`);
    if (Date.now() - start > PATIENCE) throw new Error(`Envoy did not start in ${PATIENCE} ms`);
    await sleep(POLL);
  }
  return {
    log: () => readLog(logPath),
    async connections() {
      const answer = await admin(`/stats?format=json&usedonly&filter=${encodeURIComponent(TAKEN)}`);
      if (answer === undefined) throw new Error("Envoy's admin interface gave no statistics");
      return readStatistics(answer);
    },
    async stop() {
      child.kill();
      await ended;
    },
  };
}

/** Becomes the proxy's user, ends when the test does, and runs the program that has descriptor 3. */
const AS_PROXY: readonly string[] = [
  "setpriv",
  `--reuid=${PROXY_UID}`,
  `--regid=${PROXY_UID}`,
  "--clear-groups",
  "--pdeathsig=KILL",
  "/proc/self/fd/3",
];

function parameters(logPath: string): readonly string[] {
  return [
    ...["--config-yaml", JSON.stringify(bootstrap(logPath))],
    // Shared memory for a hot restart would be shared with every other Envoy of the machine.
    "--disable-hot-restart",
    ...["--concurrency", "1"],
    ...["--file-flush-interval-msec", `${POLL}`],
    ...["--log-level", "error"],
  ];
}

/** Counters of connections: those that a listener has handled, and those that no policy lets in. */
const TAKEN = String.raw`^listener\.[a-z]+\.(downstream_cx_total|no_filter_chain_match)$`;

function readStatistics(json: string): Connections {
  const { stats }: { readonly stats: readonly { readonly name: string; readonly value: number }[] } =
    JSON.parse(json);
  const counts: Partial<Record<Listener, number>> = {};
  for (const { name, value } of stats) {
    const listener = LISTENERS.find((candidate) => name.startsWith(`listener.${candidate}.`));
    if (listener !== undefined && value > 0) counts[listener] = (counts[listener] ?? 0) + value;
  }
  return counts;
}
