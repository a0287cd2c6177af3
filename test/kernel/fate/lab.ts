import type { Namespace } from "../scripts/namespace.ts";
import { inNamespace } from "../scripts/namespace.ts";
import { type Agent, type Arrival, type Sending, startAgent, type Tracked } from "./agent.ts";
import { trackConnections } from "./back-end.ts";
import { APP_LISTENERS, listen, PEER_LISTENERS, PROXY_LISTENERS } from "./listeners.ts";
import { sourcePorts } from "./packets.ts";
import { SENDERS, type Sender } from "./places.ts";
import { join } from "./topology.ts";

/** Who sends a packet: a process of the pod, or the peer. */
export type Origin = Sender | "peer";

/** A packet that is to be sent. */
export interface Shipment {
  readonly by: Origin;
  readonly sending: Sending;
}

/** What came of a packet, as the kernel's own witnesses tell. */
export interface Witness {
  /** Why it could not be sent. */
  readonly error?: string;
  /** How the connection tracking of the pod knows it; absent for a packet that never got past the rules. */
  readonly tracked?: Tracked;
  /** Where it arrived, and at whom. */
  readonly arrival?: Arrival & { readonly at: "pod" | "peer" };
  /** What the socket of a TCP connection told. */
  readonly outcome?: string;
}

/** A pod and a peer, with processes that send and listen. */
export interface Lab {
  readonly pod: Namespace;
  /** Source ports for so many packets, which no other packet of late has. */
  sourcePorts(count: number): readonly number[];
  /** Sends packets, all at the same time, and gathers what came of each, by the packet's number. */
  send(shipments: readonly Shipment[], awaited: Awaited): Promise<ReadonlyMap<number, Witness>>;
}

/** What to wait for, as long as a busy machine may take. */
export interface Awaited {
  /** How many packets get past the rules. */
  readonly tracked: number;
  /**
   * How many arrive at listeners in each place, and the numbers of the connections that are made or refused. Absent: no
   * connection is waited for, and sockets are closed at once, so that no packet is sent again.
   */
  readonly connections?: {
    readonly atProxy: number;
    readonly atApp: number;
    readonly atPeer: number;
    readonly decided: readonly number[];
  };
}

/** Milliseconds to wait for what is expected, on a machine that has much else to do. */
const PATIENCE = 10_000;

/** Milliseconds to wait for what is not expected. */
const SHORT_PATIENCE = 20;

/** Gives a body a lab, which is gone afterwards, however the body ends. */
export async function inLab<T>(body: (lab: Lab) => Promise<T>): Promise<T> {
  return inNamespace((peer) =>
    inNamespace(async (pod) => {
      await join(pod, peer);
      await trackConnections(pod);
      const started: Agent[] = [];
      const start = async (namespace: Namespace, owner: { uid: number; gid: number }): Promise<Agent> => {
        const agent = await startAgent(namespace, owner);
        started.push(agent);
        return agent;
      };
      try {
        const root = { uid: 0, gid: 0 };
        const [proxy, app, own, agent, far, watcher] = await Promise.all([
          start(pod, SENDERS.proxy),
          start(pod, SENDERS.app),
          start(pod, SENDERS.root),
          start(pod, SENDERS.agent),
          start(peer, root),
          start(pod, root),
        ]);
        const agents: Readonly<Record<Origin, Agent>> = { proxy, app, root: own, agent, peer: far };
        await Promise.all([
          listen(proxy, PROXY_LISTENERS),
          listen(app, APP_LISTENERS),
          listen(far, PEER_LISTENERS),
        ]);
        const send = (shipments: readonly Shipment[], awaited: Awaited) =>
          deliver(agents, watcher, shipments, awaited);
        return await body({ pod, send, sourcePorts: sourcePorts() });
      } finally {
        await Promise.all(started.map((agent) => agent.stop()));
      }
    }),
  );
}

async function deliver(
  agents: Readonly<Record<Origin, Agent>>,
  watcher: Agent,
  shipments: readonly Shipment[],
  { tracked: survivors, connections }: Awaited,
): Promise<ReadonlyMap<number, Witness>> {
  const senders = (Object.keys(agents) as Origin[])
    .map((by) => ({
      agent: agents[by],
      batch: shipments.filter((one) => one.by === by).map(({ sending }) => sending),
    }))
    .filter(({ batch }) => batch.length > 0);
  const close = () => Promise.all(senders.map(({ agent }) => agent.ask("close")));

  await watcher.ask("watch");
  const sent = await Promise.all(senders.map(({ agent, batch }) => agent.ask("send", batch)));
  const errors = Object.assign({}, ...sent);
  if (connections === undefined) await close();
  const tracked = [
    ...(await watcher.ask("new_connections", survivors, PATIENCE)),
    ...(await watcher.ask("new_connections", shipments.length, SHORT_PATIENCE)),
  ];
  const { decided = [], atProxy = 0, atApp = 0, atPeer = 0 } = connections ?? {};
  const outcomes = Object.assign(
    {},
    ...(await Promise.all(senders.map(({ agent }) => agent.ask("outcomes", decided, PATIENCE)))),
  );
  const arrivals = (
    await Promise.all([
      arrivalsAt(agents.proxy, "pod", atProxy),
      arrivalsAt(agents.app, "pod", atApp),
      arrivalsAt(agents.peer, "peer", atPeer),
    ])
  ).flat();
  await close();
  return new Map(
    shipments.map(({ sending }) => [sending.id, witness(sending, { errors, tracked, outcomes, arrivals })]),
  );
}

async function arrivalsAt(
  agent: Agent,
  at: "pod" | "peer",
  count: number,
): Promise<readonly (Arrival & { readonly at: "pod" | "peer" })[]> {
  return (await agent.ask("accepted", count, PATIENCE)).map((arrival) => ({ ...arrival, at }));
}

interface Gathered {
  readonly errors: Readonly<Record<string, string>>;
  readonly tracked: readonly Tracked[];
  readonly outcomes: Readonly<Record<string, string>>;
  readonly arrivals: readonly (Arrival & { readonly at: "pod" | "peer" })[];
}

function witness(sending: Sending, { errors, tracked, outcomes, arrivals }: Gathered): Witness {
  const { id, from, sport, to, dport } = sending;
  const connection = tracked.find(
    ({ original }) =>
      original.sport === sport &&
      original.dport === dport &&
      original.source === from &&
      original.destination === to,
  );
  // The listeners see a translated packet: it is known by its source, of which each packet has a port of its own.
  const arrival = arrivals.find(({ caller }) => caller[0] === from && caller[1] === sport);
  const error = errors[id];
  const outcome = outcomes[id];
  return {
    ...(error !== undefined && { error }),
    ...(connection !== undefined && { tracked: connection }),
    ...(arrival !== undefined && { arrival }),
    ...(outcome !== undefined && { outcome }),
  };
}
