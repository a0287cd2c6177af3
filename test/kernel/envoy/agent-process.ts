import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Namespace } from "../scripts/namespace.ts";
import { pathOf } from "../scripts/requirements.ts";
import type { NumberedOrder, NumberedOutcome, Order, Outcome } from "./agent-protocol.ts";

/** A process in a namespace. It ends with the test, however that ends. */
export interface Agent {
  /** Has it do something. */
  ask(order: Order): Promise<Outcome>;
  /** Ends it, and waits for its end. */
  stop(): Promise<void>;
}

/** Starts an agent that runs as a user whose GID is the same. */
export async function startAgent({ pid }: Namespace, uid: number): Promise<Agent> {
  const program = [process.execPath, "--no-warnings", join(import.meta.dirname, "agent.ts"), String(uid)];
  const child = spawn(pathOf("nsenter"), [`--net=/proc/${pid}/ns/net`, ...program], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const ended = once(child, "exit");
  const lines = createInterface({ input: child.stdout });
  await Promise.race([once(lines, "line"), ended.then(([code]) => Promise.reject(untimely(code)))]);
  const asked = new Map<number, PromiseWithResolvers<Outcome>>();
  let last = 0;
  lines.on("line", (line) => {
    const { id, outcome }: NumberedOutcome = JSON.parse(line);
    asked.get(id)?.resolve(outcome);
    asked.delete(id);
  });
  void ended.then(([code]) => {
    for (const { reject } of asked.values()) reject(untimely(code));
  });
  return {
    ask(order) {
      last += 1;
      const numbered: NumberedOrder = { id: last, order };
      const answer = Promise.withResolvers<Outcome>();
      asked.set(last, answer);
      child.stdin.write(`${JSON.stringify(numbered)}\n`);
      return answer.promise;
    },
    async stop() {
      child.stdin.end();
      await ended;
    },
  };
}

function untimely(code: number | null): Error {
  return new Error(`an agent ended with exit code ${code} while it was needed`);
}
