import assert from "node:assert/strict";
import { once } from "node:events";
import { type ClientHttp2Session, connect as connectHttp2, constants } from "node:http2";
import { connect } from "node:net";
import { test } from "node:test";
import { setTimeout } from "node:timers/promises";
import { createLogger } from "../../src/observe/logger.ts";
import { frame } from "../../src/transport/frames.ts";
import type { Limits } from "../../src/transport/limits.ts";
import { startServer } from "../../src/transport/server.ts";
import { encode, pathOf } from "./clients/client.ts";
import { EVERY_CLIENT } from "./clients/every-client.ts";
import { EVERY_STREAM_CLIENT, planStream } from "./clients/stream.ts";

/** Runs a server with other limits than the default ones. */
async function withServer(limits: Partial<Limits>, use: (port: number) => Promise<void>): Promise<void> {
  const server = await startServer({
    port: 0,
    host: "127.0.0.1",
    logger: createLogger({ level: "silent" }),
    limits: { drainMs: 100, ...limits },
  });
  try {
    await use(server.port);
  } finally {
    await server.stop();
  }
}

/** A gRPC call whose request does not come, and the code with which its stream ends. */
function openCall(session: ClientHttp2Session): { readonly closed: Promise<number> } {
  const stream = session.request({
    ":method": "POST",
    ":path": pathOf(),
    "content-type": "application/grpc",
    te: "trailers",
  });
  const closed = new Promise<number>((resolve) => {
    stream.on("error", () => {}).once("close", () => resolve(stream.rstCode));
  });
  return { closed };
}

test("a connection over the limit is closed, and there is room again when another ends", async () => {
  await withServer({ connections: 2 }, async (port) => {
    const open = [connect(port, "127.0.0.1"), connect(port, "127.0.0.1")];
    for (const socket of open) await once(socket, "connect");
    const third = connect(port, "127.0.0.1").on("error", () => {});
    await once(third, "close");

    const session = () => connectHttp2(`http://127.0.0.1:${port}`).on("error", () => {});
    open[0]?.destroy();
    // The server hears of the end of a connection when it does.
    for (let settled = false; !settled; ) {
      const next = session();
      settled = await Promise.race([
        once(next, "remoteSettings").then(() => true),
        once(next, "close").then(() => false),
      ]);
      next.destroy();
    }
    open[1]?.destroy();
  });
});

test("a client is told how many calls a connection takes, and one more is refused", async () => {
  await withServer({ streams: 3 }, async (port) => {
    const session = connectHttp2(`http://127.0.0.1:${port}`).on("error", () => {});
    // Node's client does not wait for the settings of the server: it sends the fourth.
    const streams = [openCall(session), openCall(session), openCall(session), openCall(session)];
    const [settings] = await once(session, "remoteSettings");
    assert.equal(settings.maxConcurrentStreams, 3);
    const ends = streams.map(({ closed }) => closed);
    assert.deepEqual(await ends[3], constants.NGHTTP2_REFUSED_STREAM);
    session.destroy();
    await Promise.all(ends);
  });
});

test("an HTTP/2 connection of a certain age is asked to end, and cut off after the time of grace", async () => {
  await withServer({ connectionAgeMs: 50, connectionAgeGraceMs: 100 }, async (port) => {
    const session = connectHttp2(`http://127.0.0.1:${port}`);
    const call = openCall(session);
    const gone = once(session, "close");
    const [code] = await once(session, "goaway");
    assert.equal(code, constants.NGHTTP2_NO_ERROR);
    await call.closed;
    await gone;
  });
});

test("an HTTP/1 connection of a certain age is closed after its next answer", async () => {
  await withServer({ connectionAgeMs: 50 }, async (port) => {
    const socket = connect(port, "127.0.0.1").setEncoding("latin1");
    const opened = performance.now();
    let responses = "";
    socket.on("data", (text: string) => {
      responses += text;
      if (responses.endsWith("}")) ask();
    });
    const ask = (): void => {
      socket.write(`POST ${pathOf("Dance")} HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n`);
    };
    ask();
    await once(socket, "end");
    assert.ok(performance.now() - opened >= 40);
    assert.equal(responses.match(/^connection: close/gim)?.length, 1);
  });
});

test("a connection without calls ends, whichever version of HTTP it speaks", async () => {
  await withServer({ idleMs: 50 }, async (port) => {
    const session = connectHttp2(`http://127.0.0.1:${port}`);
    await once(session, "close");
    const socket = connect(port, "127.0.0.1");
    socket.write(`POST ${pathOf("Dance")} HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n`);
    socket.resume();
    await once(socket, "close");
  });
});

test("a connection with a call under way does not end for want of calls, and ends when the call is over", async () => {
  await withServer({ idleMs: 50 }, async (port) => {
    const session = connectHttp2(`http://127.0.0.1:${port}`);
    const watch = session.request({
      ":method": "POST",
      ":path": "/grpc.health.v1.Health/Watch",
      "content-type": "application/grpc",
    });
    watch.end(frame(new Uint8Array()));
    await once(watch, "data");
    await setTimeout(200);
    assert.ok(!session.closed);
    watch.close();
    const since = performance.now();
    await once(session, "close");
    assert.ok(performance.now() - since >= 40);
  });
});

test("a list over the limit is refused by every protocol, and by an item of a stream", async () => {
  await withServer({ listItems: 2 }, async (port) => {
    const requests = [
      [6379, 7070],
      [6379, 7070, 8080],
    ].map((outboundPortExclusionList) => ({
      meshConfig: { spec: { traffic: { outboundPortExclusionList } } },
    }));
    for (const client of EVERY_CLIENT) {
      const codes = await Promise.all(
        requests.map(async (request) => (await client.call(port, encode(client.format, request))).code),
      );
      assert.deepEqual(codes, ["OK", "INVALID_ARGUMENT"], client.name);
    }
    for (const client of EVERY_STREAM_CLIENT) {
      const items = requests.map((request) => ({ request }));
      const { results } = await planStream(client, port, [{ items }]);
      assert.deepEqual(
        results.map(({ result }) => result.case),
        ["response", "error"],
        client.name,
      );
    }
  });
});
