import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { Agent, request } from "node:http";
import { type ClientHttp2Session, connect as connectHttp2, constants } from "node:http2";
import { createInterface } from "node:readline";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import { credentials, Client as GrpcClient } from "@grpc/grpc-js";
import { encode, pathOf } from "./clients/client.ts";
import { frame } from "./clients/connect.ts";

const MAIN = fileURLToPath(new URL("../../src/main.ts", import.meta.url));
const processes: ChildProcess[] = [];
after(() => {
  for (const process of processes) process.kill("SIGKILL");
});

/** A server in a process of its own. */
interface ServerProcess {
  readonly port: number;
  readonly stop: () => Promise<number>;
  /** Whether it says on its admin port that it takes calls. Asked all the time, as who balances load does. */
  readonly isReady: () => boolean;
  /** The lines of its log about calls that did not end with OK. */
  readonly failed: readonly string[];
}

function isOk(url: string): Promise<boolean> {
  return fetch(url).then(
    ({ ok }) => ok,
    () => false,
  );
}

async function startProcess(): Promise<ServerProcess> {
  const server = spawn(process.execPath, [MAIN, "serve", "--port", "0", "--host", "127.0.0.1"], {
    stdio: ["ignore", "ignore", "pipe"],
    env: { ...process.env, ADMIN_PORT: "0", PORT: "", LOG_LEVEL: "info" },
  });
  processes.push(server);
  const lines = createInterface(server.stderr);
  const [line] = await once(lines, "line");
  const failed: string[] = [];
  lines.on("line", (text: string) => {
    if (text.includes('"msg":"call"') && !text.includes('"code":"OK"')) failed.push(text);
  });
  const { port, adminPort } = JSON.parse(String(line));
  let ready = true;
  const watched = (async () => {
    while (ready) ready = await isOk(`http://127.0.0.1:${adminPort}/readyz`);
  })();
  return {
    port,
    isReady: () => ready,
    failed,
    stop: async () => {
      server.kill("SIGTERM");
      const [code] = await once(server, "exit");
      await watched;
      return code;
    },
  };
}

/** What became of the calls of a client that sends until it is asked to leave. */
interface Tally {
  answered: number;
  /** Calls that had no answer, or another one than a plan. */
  readonly lost: unknown[];
}

/** Sends a call behind every answer, on one connection, until the server asks it to leave. */
async function http2Client(port: number, width: number, tally: Tally): Promise<void> {
  const session = connectHttp2(`http://127.0.0.1:${port}`);
  session.on("error", () => {});
  let leaving = false;
  session.on("goaway", () => {
    leaving = true;
  });
  await once(session, "connect");
  const worker = async (): Promise<void> => {
    while (!leaving && !session.closed) await http2Call(session, tally);
  };
  await Promise.all(Array.from({ length: width }, worker));
  session.close();
}

async function http2Call(session: ClientHttp2Session, tally: Tally): Promise<void> {
  const headers = {
    ":method": "POST",
    ":path": pathOf(),
    "content-type": "application/grpc",
    te: "trailers",
  };
  const stream = session.request(headers);
  stream.end(frame(encode("binary", {})));
  try {
    const trailers = once(stream, "trailers");
    stream.resume();
    const [{ "grpc-status": status }] = await trailers;
    if (Number(status) === 0) tally.answered++;
    else tally.lost.push(status);
  } catch (error) {
    // What Node's client was given when it had read of the end, and the program had not: it was never sent.
    if (stream.rstCode !== constants.NGHTTP2_REFUSED_STREAM) tally.lost.push(error);
  }
}

/** Sends a call behind every answer, on connections that it keeps while it may, while the server is ready for more. */
async function http1Client(
  { port, isReady }: ServerProcess,
  keepAlive: boolean,
  tally: Tally,
): Promise<void> {
  const agent = new Agent({ keepAlive, maxSockets: 1 });
  while (isReady()) {
    const call = request({
      ...{ host: "127.0.0.1", port, agent, path: pathOf(), method: "POST" },
      headers: { "content-type": "application/json" },
    });
    try {
      const answered = once(call, "response");
      call.end("{}");
      const [response] = await answered;
      await once(response.resume(), "end");
      if (response.statusCode === 200) tally.answered++;
      else tally.lost.push(response.statusCode);
    } catch (error) {
      tally.lost.push(error);
    }
  }
  agent.destroy();
}

async function atLeast(tallies: readonly Tally[], count: number): Promise<void> {
  while (tallies.some(({ answered }) => answered < count)) await new Promise(setImmediate);
}

test("a server that gets SIGTERM under load loses no request, over gRPC and HTTP/1.1", async (t) => {
  const server = await startProcess();
  const tallies: Tally[] = Array.from({ length: 12 }, () => ({ answered: 0, lost: [] }));
  const clients = tallies.map((tally, index) =>
    index % 3 === 0 ? http2Client(server.port, 5, tally) : http1Client(server, index % 3 === 1, tally),
  );
  await atLeast(tallies, 30);
  assert.equal(await server.stop(), 0);
  await Promise.all(clients);
  const sum = tallies.reduce((total, { answered }) => total + answered, 0);
  t.diagnostic(`${sum} requests answered, ${tallies.flatMap(({ lost }) => lost).length} lost`);
  assert.deepEqual(
    tallies.flatMap(({ lost }) => lost),
    [],
  );
  assert.deepEqual(server.failed, []);
});

test("a gRPC client of two replicas does not notice that one stops under load", async (t) => {
  const [first, second] = await Promise.all([startProcess(), startProcess()]);
  const client = new GrpcClient(
    `ipv4:127.0.0.1:${first.port},127.0.0.1:${second.port}`,
    credentials.createInsecure(),
    {
      "grpc.service_config": JSON.stringify({ loadBalancingConfig: [{ round_robin: {} }] }),
    },
  );
  const same = (bytes: Buffer): Buffer => bytes;
  const tally: Tally = { answered: 0, lost: [] };
  let running = true;
  const worker = async (): Promise<void> => {
    while (running) {
      await new Promise<void>((resolve) => {
        client.makeUnaryRequest(pathOf(), same, same, Buffer.from(encode("binary", {})), (error) => {
          if (error === null) tally.answered++;
          else tally.lost.push(error);
          resolve();
        });
      });
    }
  };
  const workers = Array.from({ length: 10 }, worker);
  await atLeast([tally], 200);
  assert.equal(await first.stop(), 0);
  await atLeast([tally], tally.answered + 100);
  running = false;
  await Promise.all(workers);
  client.close();
  assert.equal(await second.stop(), 0);
  t.diagnostic(`${tally.answered} calls answered, ${tally.lost.length} lost`);
  assert.deepEqual(tally.lost, []);
});
