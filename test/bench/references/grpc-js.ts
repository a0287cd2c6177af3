/** An echo on grpc-js: `node grpc-js.ts PORT FILE` reads a request as bytes and answers the bytes of the file. */
import { readFileSync } from "node:fs";
import { Server, ServerCredentials, type ServerUnaryCall, type sendUnaryData } from "@grpc/grpc-js";
import { plan } from "./plan.ts";

const [port, file = ""] = process.argv.slice(2);
const answer = readFileSync(file);
const bytes = (message: Buffer): Buffer => message;

const server = new Server();
const handler = (_call: ServerUnaryCall<Buffer, Buffer>, respond: sendUnaryData<Buffer>): void =>
  respond(null, answer);
server.register(plan.path, handler, bytes, bytes, "unary");
server.bindAsync(`127.0.0.1:${port}`, ServerCredentials.createInsecure(), (error) => {
  if (error !== null) throw error;
});
