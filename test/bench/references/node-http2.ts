/**
 * gRPC on bare `node:http2`, without limits, log, metrics or deadlines: what Node itself costs.
 * `node node-http2.ts PORT fixed FILE` answers the bytes of the file; `… PORT plan` decodes, plans and encodes.
 */
import { readFileSync } from "node:fs";
import { createServer } from "node:http2";
import { plan } from "./plan.ts";

const [port, work, file = ""] = process.argv.slice(2);
const fixed = work === "fixed" ? framed(readFileSync(file)) : undefined;

const server = createServer();
server.on("stream", (stream) => {
  const chunks: Buffer[] = [];
  stream.on("data", (chunk: Buffer) => chunks.push(chunk));
  stream.on("end", () => {
    const answer = fixed ?? framed(plan.answer(Buffer.concat(chunks).subarray(5), {}).message);
    stream.respond({ ":status": 200, "content-type": "application/grpc" }, { waitForTrailers: true });
    stream.once("wantTrailers", () => stream.sendTrailers({ "grpc-status": "0" }));
    stream.end(answer);
  });
});
server.listen(Number(port), "127.0.0.1");

function framed(message: Uint8Array): Buffer {
  const head = Buffer.alloc(5);
  head.writeUInt32BE(message.byteLength, 1);
  return Buffer.concat([head, message]);
}
