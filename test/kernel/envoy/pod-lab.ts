import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { inNamespace, type Namespace } from "../scripts/namespace.ts";
import { type Installed, toolbox } from "../scripts/toolbox.ts";
import type { LogEntry } from "./access-log.ts";
import { type Agent, startAgent } from "./agent-process.ts";
import type { Outcome, Protocol, Seen } from "./agent-protocol.ts";
import { findEnvoy } from "./binary.ts";
import { LISTENERS } from "./bootstrap.ts";
import { type Connections, type Envoy, POLL, startEnvoy } from "./envoy-process.ts";
import { join } from "./link.ts";
import { pathBetween } from "./path.ts";
import { APP_UID, POD } from "./places.ts";
import type { RuleSet } from "./rule-sets.ts";
import { listenAsApp, listenAsPeer } from "./servers.ts";

/** A call that an agent is to make. */
export interface Call {
  readonly by: "app" | "peer";
  readonly protocol: Protocol;
  readonly address: string;
  readonly port: number;
  /** Path of the request. Default `/`. */
  readonly path?: string;
}

/** What a call came to, as its caller, its server and Envoy tell it. */
export interface Witnessed {
  readonly outcome: Outcome;
  /** The way through Envoy of a call that an agent answered; empty when it went straight to its server. */
  readonly path: readonly LogEntry[] | undefined;
  /** The connections that Envoy took meanwhile. */
  readonly connections: Connections;
}

/** A pod with its app and its proxy, and a peer, under a plan's rules. */
export interface PodLab {
  /** Makes a call and gathers what there is to know about it. */
  witness(call: Call): Promise<Witnessed>;
  /** Makes a call, and only tells what came of it. */
  call(call: Call): Promise<Outcome>;
  /** Runs the init container once more. */
  initialise(): Promise<void>;
  /** Runs the plan's cleanup script. */
  cleanUp(): Promise<void>;
  readonly envoy: Envoy;
}

/** UID of the peer's server: nobody. */
const PEER_UID = 65534;

/** Milliseconds in which Envoy writes the entry of a connection that ended. */
const PATIENCE = 5_000;

/** Gives a body a pod whose init container has run, whose proxy serves and whose app listens. */
export async function inPodLab(ruleSet: RuleSet, body: (lab: PodLab) => Promise<void>): Promise<void> {
  await inNamespace((peer) =>
    inNamespace(async (pod) => {
      await join(pod, peer);
      const { initContainer, cleanupScript } = ruleSet.plan;
      const run = runnerOf(pod, ruleSet);
      const initialise = (): Promise<void> => run([...initContainer.command, ...initContainer.args]);
      const cleanUp = (): Promise<void> => run(["/bin/sh", "-c", cleanupScript]);
      await initialise();
      const [app, server] = await Promise.all([startAgent(pod, APP_UID), startAgent(peer, PEER_UID)]);
      try {
        await Promise.all([listenAsApp(app), listenAsPeer(server)]);
        const agents = { app, peer: server };
        const call = ({ by, path = "/", ...to }: Call): Promise<Outcome> =>
          agents[by].ask({ kind: "call", path, ...to });
        await withEnvoy(pod, app, (envoy) =>
          body({ envoy, initialise, cleanUp, call, witness: witnessBy(envoy, call) }),
        );
      } finally {
        await Promise.all([app.stop(), server.stop()]);
      }
    }),
  );
}

async function withEnvoy(pod: Namespace, app: Agent, body: (envoy: Envoy) => Promise<void>): Promise<void> {
  const binary = findEnvoy();
  if (binary.kind === "missing") throw new Error(binary.reason);
  const envoy = await startEnvoy(binary.path, pod, app);
  try {
    await body(envoy);
  } finally {
    await envoy.stop();
  }
}

/** What runs a command as the pod's init container would: with its image's programs, and the variables that it asks for. */
function runnerOf(pod: Namespace, { plan, program }: RuleSet): (command: readonly string[]) => Promise<void> {
  const fields: Readonly<Record<string, string>> = {
    "status.podIP": POD.ipv4,
    "status.podIPs": `${POD.ipv4},${POD.ipv6}`,
  };
  const image: Installed =
    program === "nft" ? { others: ["nft"] } : { plain: program, suffixed: [program], others: [] };
  const variables = plan.initContainer.env.map(({ name, fieldRef }) => [
    name,
    fields[fieldRef.fieldPath] ?? "",
  ]);
  const env = { PATH: toolbox(pod, image), ...Object.fromEntries(variables) };
  return async ([shell = "", ...parameters]) => {
    const { code, stderr } = await pod.run(shell, parameters, { env });
    if (code !== 0) throw new Error(`exit code ${code}: ${stderr}`);
  };
}

function witnessBy(envoy: Envoy, call: PodLab["call"]): PodLab["witness"] {
  return async (what) => {
    const before = await envoy.connections();
    const written = envoy.log().length;
    const outcome = await call(what);
    const path = await pathOf(outcome, () => envoy.log().slice(written));
    return { outcome, path, connections: increase(before, await envoy.connections()) };
  };
}

/** The way of a call, as soon as Envoy has written all of it. */
async function pathOf(
  outcome: Outcome,
  log: () => readonly LogEntry[],
): Promise<readonly LogEntry[] | undefined> {
  // Envoy's own pages are no JSON objects.
  if (outcome.kind !== "answered" || !outcome.body.startsWith("{")) return undefined;
  const { caller }: Seen = JSON.parse(outcome.body);
  const start = Date.now();
  for (;;) {
    const path = pathBetween(outcome.from, caller, log());
    if (path !== undefined) return path;
    assert.ok(Date.now() - start < PATIENCE, `no way from ${outcome.from} to ${caller} in ${show(log())}`);
    await sleep(POLL);
  }
}

function increase(before: Connections, after: Connections): Connections {
  return Object.fromEntries(
    LISTENERS.flatMap((listener) => {
      const more = (after[listener] ?? 0) - (before[listener] ?? 0);
      return more === 0 ? [] : [[listener, more]];
    }),
  );
}

function show(log: readonly LogEntry[]): string {
  return log.map((entry) => JSON.stringify(entry)).join("\n");
}
