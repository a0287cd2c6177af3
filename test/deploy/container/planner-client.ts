import assert from "node:assert/strict";
import { once } from "node:events";
import { request } from "node:http";
import { connect } from "node:net";
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { Client, type ClientOptions, credentials, Metadata } from "@grpc/grpc-js";
import {
  PlanRequestSchema,
  type PlanResponse,
  PlanResponseSchema,
} from "../../../src/gen/redirect/v1/plan_pb.ts";
import type { Container } from "../pods.ts";
import { eventually } from "./eventually.ts";

/** The path of the method, and of its HTTP request. */
export const PLAN = "/redirect.v1.RedirectPlanner/Plan";

/** The port that every manifest gives the planner. */
export const PORT = 9000;

/** Asks a planner for a plan in JSON, as curl does. */
export async function planJson(
  address: string,
  body: object,
): Promise<{ readonly initContainer: Container }> {
  const response = await fetch(`http://${address}:${PORT}${PLAN}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  if (!response.ok) throw new Error(`${response.status}: ${await response.text()}`);
  return (await response.json()) as { readonly initContainer: Container };
}

/** Asks a planner once for a plan by gRPC. @param target an address with its port, or what else gRPC dials. */
export async function planGrpc(
  target: string,
  secret = credentials.createInsecure(),
  options: ClientOptions = {},
): Promise<PlanResponse> {
  const client = new Client(target, secret, options);
  try {
    return await planWith(client);
  } finally {
    client.close();
  }
}

/** Asks for a plan by a client of gRPC. */
export async function planWith(client: Client): Promise<PlanResponse> {
  return await new Promise<PlanResponse>((resolve, reject) => {
    client.makeUnaryRequest<Uint8Array, PlanResponse>(
      PLAN,
      (bytes) => Buffer.from(bytes),
      (bytes) => fromBinary(PlanResponseSchema, bytes),
      toBinary(PlanRequestSchema, create(PlanRequestSchema)),
      new Metadata(),
      { deadline: Date.now() + 5_000 },
      (error, response) => (response === undefined ? reject(error) : resolve(response)),
    );
  });
}

/** Waits for a planner's first answer. */
export async function firstAnswer(address: string): Promise<void> {
  await eventually(() => planJson(address, {}));
}

/** Waits until a planner takes no connection more. */
export async function refusal(address: string): Promise<void> {
  await eventually(() => assert.rejects(connected(address), "the planner still takes connections"));
}

async function connected(address: string): Promise<void> {
  const socket = connect({ host: address, port: PORT });
  await once(socket, "connect");
  socket.destroy();
}

/** A request whose body is half sent. */
export interface HalfRequest {
  /** Sends the other half. @returns the status and the body of the response. */
  readonly finish: () => Promise<{ readonly status: number; readonly body: string }>;
}

/** Begins a request in JSON. */
export async function beginJson(address: string): Promise<HalfRequest> {
  const body = JSON.stringify({ pod: { metadata: { name: "in-flight" } } });
  const headers = { "content-type": "application/json", "content-length": body.length };
  const call = request({ host: address, port: PORT, path: PLAN, method: "POST", headers });
  const answered = new Promise<{ readonly status: number; readonly body: string }>((resolve, reject) => {
    call.once("error", reject);
    call.once("response", (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (part: string) => {
        text += part;
      });
      response.once("end", () => resolve({ status: response.statusCode ?? 0, body: text }));
    });
  });
  await new Promise<void>((resolve) => call.write(body.slice(0, 10), () => resolve()));
  return {
    finish: () => {
      call.end(body.slice(10));
      return answered;
    },
  };
}
