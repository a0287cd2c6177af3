import { Agent, request } from "node:http";
import { connect as connectHttp2 } from "node:http2";
import { encode, pathOf } from "../clients/client.ts";
import { frame } from "../clients/connect.ts";
import { GRPC_HEADERS } from "./floods.ts";
import { chance, closed, FLAG, FRAME, http2Frame, inParallel, open, PREFACE } from "./wire.ts";

const MESSAGE = encode("binary", {
  meshConfig: {
    spec: { traffic: { outboundIpRangeExclusionList: ["10.0.0.0/8"], outboundPortExclusionList: [1] } },
  },
  pod: {
    metadata: { name: "a", annotations: { "openservicemesh.io/outbound-port-exclusion-list": "1, 2" } },
  },
});
const JSON_TEXT = Buffer.from('{"pod":{"metadata":{"name":"a"},"spec":{"containers":[{"name":"b"}]}}}');

/** Good beginnings of a connection, for each way to speak. */
const BEGINNINGS: readonly Buffer[] = [
  Buffer.from(
    `POST ${pathOf()} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: ${JSON_TEXT.length}\r\n\r\n${JSON_TEXT}`,
  ),
  Buffer.from(
    `POST ${pathOf()} HTTP/1.1\r\nHost: x\r\nContent-Type: application/grpc-web+proto\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n\0\0\0\0\0\r\n0\r\n\r\n`,
  ),
  Buffer.concat([
    PREFACE,
    http2Frame(FRAME.headers, FLAG.endHeaders, 1, GRPC_HEADERS),
    http2Frame(FRAME.data, FLAG.endStream, 1, frame(MESSAGE)),
  ]),
];

/** Bytes with some of them changed, left out, or said twice. */
function mutated(bytes: Uint8Array, random: () => number): Buffer {
  let result: Buffer = Buffer.from(bytes);
  for (let times = 1 + Math.floor(random() * 4); times > 0; times--) {
    const at = Math.floor(random() * result.length);
    const to = at + Math.floor(random() * 16);
    switch (Math.floor(random() * 4)) {
      case 0:
        if (result.length > 0) result.writeUInt8(Math.floor(random() * 256), Math.min(at, result.length - 1));
        break;
      case 1:
        result = Buffer.concat([result.subarray(0, at), result.subarray(to)]);
        break;
      case 2:
        result = Buffer.concat([result.subarray(0, to), result.subarray(at)]);
        break;
      default:
        result = result.subarray(0, at);
    }
  }
  return result;
}

/** Fuzzed bytes, on a connection of their own for each. */
export async function fuzzedConnections(port: number, count: number): Promise<number> {
  const random = chance(1);
  await inParallel(count, 50, async (index) => {
    const socket = open(port);
    const good = BEGINNINGS[index % (BEGINNINGS.length + 1)];
    const bytes = good
      ? mutated(good, random)
      : Buffer.from(Array.from({ length: 64 }, () => random() * 256));
    socket.end(bytes);
    await closed(socket);
  });
  return count;
}

/** Fuzzed bodies in good requests of HTTP/1. */
export async function fuzzedBodies(port: number, count: number): Promise<number> {
  const random = chance(2);
  const agent = new Agent({ keepAlive: true, maxSockets: 20 });
  const types = [
    ["application/json", JSON_TEXT],
    ["application/proto", MESSAGE],
    ["application/grpc-web+proto", frame(MESSAGE)],
    ["application/connect+proto", frame(MESSAGE)],
  ] as const;
  await inParallel(count, 20, async (index) => {
    const [type, body] = types[index % types.length] ?? types[0];
    const path = pathOf(type.startsWith("application/connect") ? "PlanStream" : "Plan");
    const call = request({
      ...{ host: "127.0.0.1", port, path, method: "POST", agent },
      headers: { "content-type": type },
    });
    const ended = new Promise((resolve) => call.on("error", resolve).once("close", resolve));
    call.once("response", (response) => response.resume()).end(mutated(body, random));
    await ended;
  });
  agent.destroy();
  return count;
}

/** Fuzzed messages in good calls of gRPC. */
export async function fuzzedMessages(port: number, count: number): Promise<number> {
  const random = chance(3);
  const session = connectHttp2(`http://127.0.0.1:${port}`);
  await inParallel(count, 50, async (index) => {
    const stream = session.request({
      ":method": "POST",
      ":path": pathOf(["Plan", "PlanStream", "Explain", "Verify", "Compare"][index % 5]),
      "content-type": "application/grpc",
      te: "trailers",
    });
    const ended = new Promise((resolve) => stream.on("error", () => {}).once("close", resolve));
    stream.resume().end(index % 2 === 0 ? frame(mutated(MESSAGE, random)) : mutated(frame(MESSAGE), random));
    await ended;
  });
  session.destroy();
  return count;
}
