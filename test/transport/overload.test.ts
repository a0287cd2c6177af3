import assert from "node:assert/strict";
import { once } from "node:events";
import { Agent, request } from "node:http";
import { connect as connectHttp2, type IncomingHttpHeaders } from "node:http2";
import { test } from "node:test";
import { createLogger } from "../../src/observe/logger.ts";
import { redirectPlanner } from "../../src/service/planner.ts";
import type { Limits } from "../../src/transport/limits.ts";
import { startServer } from "../../src/transport/server.ts";
import { encode, type Format, pathOf } from "./clients/client.ts";
import { frame } from "./clients/connect.ts";
import { grpc } from "./clients/grpc.ts";
import type { HttpVersion } from "./clients/http.ts";
import { spin } from "./spin.ts";

const JSON_TYPE = { "content-type": "application/json" };
const GRPC_TYPE = { "content-type": "application/grpc", te: "trailers" };
const CHECK = "/grpc.health.v1.Health/Check";

let asked = 0;

/** A request that was not asked before, since answers are kept. */
function newRequest(format: Format): Uint8Array {
  return encode(format, { pod: { metadata: { name: `pod-${asked++}` } } });
}

const newFrame = (): Uint8Array => frame(newRequest("binary"));
const newJson = (): Uint8Array => newRequest("json");

/** Runs a server whose plans take a while. `computed` tells how many it made. */
async function withSlowServer(
  planMs: number,
  limits: Partial<Limits>,
  use: (port: number, computed: () => number) => Promise<void>,
): Promise<void> {
  let computed = 0;
  const server = await startServer({
    port: 0,
    host: "127.0.0.1",
    logger: createLogger({ level: "silent" }),
    limits: { drainMs: 100, ...limits },
    handlers: {
      ...redirectPlanner,
      plan(planRequest) {
        computed++;
        spin(planMs);
        return redirectPlanner.plan(planRequest);
      },
    },
  });
  try {
    await use(server.port, () => computed);
  } finally {
    await server.stop();
  }
}

/** The headers of an answer. */
type Answered = Readonly<IncomingHttpHeaders>;

/** A way to ask on connections that are there already. */
interface Asker {
  readonly ask: (
    path: string,
    headers: Readonly<Record<string, string>>,
    body: Uint8Array,
  ) => Promise<Answered>;
  readonly close: () => void;
}

/** @param width how many calls may be under way at a time. */
async function asker(version: HttpVersion, port: number, width: number): Promise<Asker> {
  if (version === "HTTP/2") {
    const session = connectHttp2(`http://127.0.0.1:${port}`);
    await once(session, "remoteSettings");
    return {
      async ask(path, headers, body) {
        const stream = session.request({ ":method": "POST", ":path": path, ...headers });
        stream.end(body).resume();
        const [answered] = await once(stream, "response");
        return answered;
      },
      close: () => session.destroy(),
    };
  }
  const agent = new Agent({ keepAlive: true, maxSockets: width });
  const ask: Asker["ask"] = async (path, headers, body) => {
    const call = request({ host: "127.0.0.1", port, path, method: "POST", headers, agent });
    call.end(body);
    const [response] = await once(call, "response");
    await once(response.resume(), "end");
    return { ":status": response.statusCode, ...response.headers };
  };
  await Promise.all(Array.from({ length: width }, () => ask(CHECK, JSON_TYPE, Buffer.from("{}"))));
  return { ask, close: () => agent.destroy() };
}

function wasRefused(headers: Answered): boolean {
  return headers["grpc-status"] === "14" || String(headers[":status"]) === "503";
}

for (const [name, version, headers, body, hint, hintMs] of [
  ["gRPC", "HTTP/2", GRPC_TYPE, newFrame, "grpc-retry-pushback-ms", 1],
  ["Connect over HTTP/2", "HTTP/2", JSON_TYPE, newJson, "retry-after", 1000],
  ["Connect over HTTP/1.1", "HTTP/1.1", JSON_TYPE, newJson, "retry-after", 1000],
] as const) {
  test(`${name}: past the queue calls are refused with a hint, and not computed`, async () => {
    await withSlowServer(20, { queueCalls: 2, queueMs: 5000 }, async (port, computed) => {
      const { ask, close } = await asker(version, port, 20);
      const answers = await Promise.all(Array.from({ length: 20 }, () => ask(pathOf(), headers, body())));
      const refused = answers.filter(wasRefused);
      assert.ok(refused.length > 0);
      assert.equal(computed(), answers.length - refused.length);
      for (const answer of refused) {
        const delayMs = Number(answer[hint]) * hintMs;
        assert.ok(delayMs >= 5000 && delayMs <= 10_000, String(answer[hint]));
      }
      assert.ok(!wasRefused(await ask(pathOf(), headers, body())), "afterwards");
      close();
    });
  });

  test(`${name}: a health check is answered while plans are refused`, async () => {
    await withSlowServer(20, { queueCalls: 1, queueMs: 5000 }, async (port) => {
      const { ask, close } = await asker(version, port, 21);
      const plans = Array.from({ length: 20 }, () => ask(pathOf(), headers, body()));
      const nobody = headers === GRPC_TYPE ? frame(new Uint8Array()) : Buffer.from("{}");
      const check = await ask(CHECK, headers, nobody);
      assert.ok(!wasRefused(check));
      assert.ok((await Promise.all(plans)).some(wasRefused));
      close();
    });
  });

  test(`${name}: a call whose deadline passes while it waits is not computed`, async () => {
    await withSlowServer(50, { queueMs: 10_000 }, async (port, computed) => {
      const { ask, close } = await asker(version, port, 9);
      const patient = Array.from({ length: 8 }, () => ask(pathOf(), headers, body()));
      const hasty = await ask(
        pathOf(),
        { ...headers, "connect-timeout-ms": "20", "grpc-timeout": "20m" },
        body(),
      );
      assert.ok(hasty["grpc-status"] === "4" || String(hasty[":status"]) === "504");
      assert.deepEqual((await Promise.all(patient)).filter(wasRefused), []);
      close();
      assert.equal(computed(), patient.length);
    });
  });
}

test("a refusal carries google.rpc.RetryInfo, and a reason for programs", async () => {
  await withSlowServer(20, { queueCalls: 1, queueMs: 5000 }, async (port) => {
    const calls = Array.from({ length: 10 }, () => grpc.call(port, newRequest(grpc.format)));
    const refused = (await Promise.all(calls)).filter(({ code }) => code !== "OK");
    assert.ok(refused.length > 0);
    for (const { code, errorInfo, retryMs = 0 } of refused) {
      assert.deepEqual([code, errorInfo?.reason], ["UNAVAILABLE", "OVERLOADED"]);
      assert.ok(retryMs >= 5000 && retryMs <= 10_000);
    }
  });
});
