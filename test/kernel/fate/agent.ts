import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Namespace } from "../scripts/namespace.ts";
import { pathOf } from "../scripts/requirements.ts";
import type { Owner } from "./places.ts";

/** Layer 4 protocols that agents send. */
export type Protocol = "tcp" | "udp";

/** The first packet of a connection, as a process is to send it. */
export interface Sending {
  readonly id: number;
  readonly protocol: Protocol;
  readonly from: string;
  readonly sport: number;
  readonly to: string;
  readonly dport: number;
}

/** What came to a listener. */
export interface Arrival {
  readonly protocol: Protocol;
  /** The port of the listener. */
  readonly port: number;
  readonly caller: readonly [address: string, port: number];
  /** Where the connection was bound for before any translation, as the socket tells (SO_ORIGINAL_DST); null for UDP. */
  readonly original: readonly [address: string, port: number] | null;
}

/** One direction of a connection, as connection tracking has it. */
export interface Tuple {
  readonly protocol: number;
  readonly source: string;
  readonly destination: string;
  readonly sport: number;
  readonly dport: number;
}

/** A connection that the kernel began to track: what was sent, and what an answer would look like. */
export interface Tracked {
  readonly original: Tuple;
  readonly reply: Tuple;
}

/** The orders that an agent takes, with their arguments and their answers. */
interface Orders {
  listen(protocol: Protocol, address: string, port: number): null;
  send(packets: readonly Sending[]): Readonly<Record<string, string>>;
  outcomes(awaited: readonly number[], patience: number): Readonly<Record<string, string>>;
  accepted(count: number, patience: number): readonly Arrival[];
  close(): null;
  watch(): null;
  new_connections(count: number, patience: number): readonly Tracked[];
}

/** A process in a namespace. It ends with the test, however that ends. */
export interface Agent {
  /** Has it do something. Orders are carried out one by one. */
  ask<O extends keyof Orders>(order: O, ...words: Parameters<Orders[O]>): Promise<ReturnType<Orders[O]>>;
  /** Ends it, and waits for its end. */
  stop(): Promise<void>;
}

/** Starts an agent that runs as a user and a group. */
export async function startAgent({ pid }: Namespace, { uid, gid }: Owner): Promise<Agent> {
  const program = [
    pathOf("python3"),
    "-S",
    "-E",
    join(import.meta.dirname, "agent.py"),
    String(uid),
    String(gid),
  ];
  const child = spawn(pathOf("nsenter"), [`--net=/proc/${pid}/ns/net`, ...program], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const ended = once(child, "exit");
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const next = async (): Promise<unknown> => {
    const { done, value } = await lines.next();
    if (done === true) throw new Error(`an agent ended with exit code ${child.exitCode} while it was needed`);
    const { answer, error }: { answer?: unknown; error?: string } = JSON.parse(value);
    if (error !== undefined) throw new Error(`an agent could not do as it was told: ${error}`);
    return answer;
  };
  await next();
  let last: Promise<unknown> = Promise.resolve();
  return {
    ask(order, ...words) {
      child.stdin.write(`${JSON.stringify([order, words])}\n`);
      const answer = last.then(next, next);
      last = answer;
      return answer as Promise<ReturnType<Orders[typeof order]>>;
    },
    async stop() {
      child.stdin.end();
      await ended;
    },
  };
}
