import { connect } from "node:http2";
import { create, toBinary } from "@bufbuild/protobuf";
import { PlanRequestSchema } from "../../../src/gen/redirect/v1/plan_pb.ts";
import { PLAN } from "./planner-client.ts";

/** A gRPC call whose message is half sent. */
export interface HalfCall {
  /** Sends the other half. @returns the gRPC status and how many bytes the answer has. */
  readonly finish: () => Promise<{ readonly status: string; readonly bytes: number }>;
}

/** Begins a call to Plan over HTTP/2, by hand: no client of gRPC stops in the middle of a message. */
export async function beginGrpc(address: string): Promise<HalfCall> {
  const message = toBinary(
    PlanRequestSchema,
    create(PlanRequestSchema, { pod: { metadata: { name: "in-flight" } } }),
  );
  const framed = Buffer.concat([Buffer.from([0, 0, 0, 0, message.length]), message]);
  const session = connect(`http://${address}:9000`);
  const stream = session.request({
    ":method": "POST",
    ":path": PLAN,
    "content-type": "application/grpc",
    te: "trailers",
  });
  const answered = new Promise<{ readonly status: string; readonly bytes: number }>((resolve, reject) => {
    let bytes = 0;
    let status = "none";
    session.once("error", reject);
    stream.once("error", reject);
    stream.on("data", (part: Buffer) => {
      bytes += part.length;
    });
    stream.once("trailers", (trailers) => {
      status = String(trailers["grpc-status"]);
    });
    stream.once("close", () => {
      session.close();
      resolve({ status, bytes });
    });
  });
  await new Promise<void>((resolve) => stream.write(framed.subarray(0, 7), () => resolve()));
  // A round trip: the server has read what was sent before it.
  await new Promise<void>((resolve, reject) => session.ping((error) => (error ? reject(error) : resolve())));
  return {
    finish: () => {
      stream.end(framed.subarray(7));
      return answered;
    },
  };
}
