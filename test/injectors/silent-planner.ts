import { once } from "node:events";
import { createServer } from "node:http2";

/** Something that takes calls in the planner's place and never answers. */
export interface SilentPlanner {
  readonly port: number;
  /** The deadlines of the calls so far, in milliseconds from when they came. */
  readonly deadlines: readonly number[];
  readonly close: () => void;
}

/** Units of the header `grpc-timeout`, in milliseconds (PROTOCOL-HTTP2.md of gRPC). */
const UNITS: Readonly<Record<string, number>> = {
  H: 3_600_000,
  M: 60_000,
  S: 1_000,
  m: 1,
  u: 0.001,
  n: 0.000_001,
};

export async function startSilentPlanner(): Promise<SilentPlanner> {
  const deadlines: number[] = [];
  const server = createServer();
  server.on("stream", (stream, headers) => {
    // A call that is given up resets its stream.
    stream.on("error", () => {});
    if (!headers[":path"]?.endsWith("/Plan")) {
      // A client that asks for its health takes it for healthy then.
      stream.respond({ "content-type": "application/grpc", "grpc-status": "12" }, { endStream: true });
      return;
    }
    const [, count = "", unit = ""] = /^(\d+)([HMSmun])$/.exec(String(headers["grpc-timeout"])) ?? [];
    deadlines.push(Number(count) * (UNITS[unit] ?? Number.NaN));
  });
  const sessions = new Set<{ destroy: () => void }>();
  server.on("session", (session) => {
    sessions.add(session);
    session.on("error", () => {});
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("it listens on no port");
  return {
    port: address.port,
    deadlines,
    close() {
      for (const session of sessions) session.destroy();
      server.close();
    },
  };
}
