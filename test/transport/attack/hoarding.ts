import { connect as connectHttp2 } from "node:http2";
import { gzipSync } from "node:zlib";
import { pathOf } from "../clients/client.ts";
import { frame } from "../clients/connect.ts";
import { post } from "../clients/http.ts";
import { GRPC_HEADERS } from "./floods.ts";
import { closed, FLAG, FRAME, http2Frame, inParallel, open, PREFACE, send } from "./wire.ts";

const LIMIT_BYTES = 4 * 1024 * 1024;
const HEAD = `POST ${pathOf()} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n`;

/** Begins requests, and does not go on. Each of the connections is closed by the server. */
function begins(beginning: (index: number) => string | Uint8Array) {
  return async (port: number, count: number): Promise<number> => {
    await inParallel(count, 500, async (index) => {
      const socket = open(port);
      socket.write(beginning(index));
      await closed(socket);
    });
    return count;
  };
}

/** Headers that do not come to their end. */
export const slowHeaders = begins((index) => ["P", "PRI * HT", `${HEAD}X: `, "POST"][index % 4] ?? "");

/** Bodies of HTTP/1 that do not come to their end. */
export const slowBodies = begins(() => `${HEAD}Content-Length: 100\r\n\r\n{`);

/** Calls of HTTP/2 whose requests do not come to their end. */
export async function slowCalls(port: number, count: number): Promise<number> {
  await inParallel(Math.ceil(count / 100), 10, async () => {
    const session = connectHttp2(`http://127.0.0.1:${port}`).on("error", () => {});
    await inParallel(100, 100, async (index) => {
      const type = index % 2 === 0 ? "application/grpc" : "application/json";
      const stream = session.request({ ":method": "POST", ":path": pathOf(), "content-type": type });
      const ended = new Promise((resolve) => stream.on("error", () => {}).once("close", resolve));
      stream.write("{");
      await ended;
    });
    session.destroy();
  });
  return count;
}

/** Sends a request of HTTP/1 whose answer may be that the connection ends. */
async function postRaw(
  port: number,
  path: string,
  headers: Readonly<Record<string, string>>,
  body: Uint8Array,
): Promise<void> {
  const socket = open(port);
  const fields = { host: "x", connection: "close", "content-length": String(body.byteLength), ...headers };
  const lines = Object.entries(fields).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.write(`POST ${path} HTTP/1.1\r\n${lines.join("")}\r\n`);
  socket.write(body);
  await closed(socket);
}

/** Requests that are, or say that they are, larger than a message may be. */
export async function oversize(port: number, count: number): Promise<number> {
  const length = Buffer.from([0, 0xff, 0xff, 0xff, 0xff]);
  const large = Buffer.alloc(LIMIT_BYTES + 1, " ");
  const asks = [
    () => post("HTTP/2", port, pathOf(), { "content-type": "application/grpc" }, length),
    () => post("HTTP/2", port, pathOf("PlanStream"), { "content-type": "application/grpc" }, length),
    () => postRaw(port, pathOf(), { "content-type": "application/json" }, large),
    () => postRaw(port, pathOf(), { "content-type": "application/grpc-web" }, length),
  ];
  await inParallel(count, 8, async (index) => void (await asks[index % asks.length]?.()));
  return count;
}

/** Small requests that become large when they are decompressed. */
export async function gzipBombs(port: number, count: number): Promise<number> {
  const bomb = gzipSync(Buffer.alloc(16 * LIMIT_BYTES));
  const framed = Buffer.from(frame(bomb));
  framed[0] = 1;
  const asks = ["Plan", "PlanStream"].flatMap((method) => [
    () =>
      post(
        "HTTP/2",
        port,
        pathOf(method),
        { "content-type": "application/grpc", "grpc-encoding": "gzip" },
        framed,
      ),
    () =>
      postRaw(
        port,
        pathOf(method),
        { "content-type": "application/grpc-web+proto", "grpc-encoding": "gzip" },
        framed,
      ),
  ]);
  asks.push(() =>
    postRaw(port, pathOf(), { "content-type": "application/json", "content-encoding": "gzip" }, bomb),
  );
  await inParallel(count, 8, async (index) => void (await asks[index % asks.length]?.()));
  return count;
}

/** Connections that say nothing more once they are open, half of them after they began HTTP/2. They stay for half a second. */
export async function idleConnections(port: number, count: number): Promise<number> {
  const sockets = [];
  for (let opened = 0; opened < count; opened++) {
    const socket = open(port);
    if (opened % 2 === 0) socket.write(PREFACE);
    sockets.push(socket);
    if (opened % 50 === 0) await new Promise(setImmediate);
  }
  await new Promise((resolve) => setTimeout(resolve, 500));
  for (const socket of sockets) socket.destroy();
  return count;
}

/** Calls on one connection, each with a message that lacks its last bytes. @param count calls. */
export async function hoardedMessages(port: number, count: number): Promise<number> {
  const head = Buffer.alloc(5);
  head.writeUInt32BE(LIMIT_BYTES, 1);
  const chunk = Buffer.alloc(16_000);
  await inParallel(Math.ceil(count / 100), 2, async () => {
    const session = connectHttp2(`http://127.0.0.1:${port}`).on("error", () => {});
    await inParallel(100, 100, async () => {
      const headers = {
        ":method": "POST",
        ":path": pathOf(),
        "content-type": "application/grpc",
        te: "trailers",
      };
      const stream = session.request(headers);
      const ended = new Promise((resolve) => stream.on("error", () => {}).once("close", resolve));
      stream.resume().write(head);
      for (let sent = 0; sent < LIMIT_BYTES - chunk.length && !stream.destroyed; sent += chunk.length) {
        if (!stream.write(chunk)) {
          await Promise.race([ended, new Promise((resolve) => stream.once("drain", resolve))]);
        }
      }
      await ended;
    });
    session.destroy();
  });
  return count;
}

/** Messages in pieces of a byte. @param count pieces. */
export async function crumbs(port: number, count: number): Promise<number> {
  const socket = open(port);
  const head = Buffer.alloc(5);
  head.writeUInt32BE(LIMIT_BYTES, 1);
  await send(socket, PREFACE);
  await send(socket, http2Frame(FRAME.headers, FLAG.endHeaders, 1, GRPC_HEADERS));
  await send(socket, http2Frame(FRAME.data, 0, 1, head));
  const crumb = http2Frame(FRAME.data, 0, 1, Buffer.alloc(1));
  const batch = Buffer.concat(Array.from({ length: 500 }, () => crumb));
  for (let sent = 0; sent < count && !socket.destroyed; sent += 500) {
    await send(socket, batch);
    await new Promise(setImmediate);
  }
  socket.destroy();
  return count;
}
