import { request } from "node:http";
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { Client, credentials, Metadata } from "@grpc/grpc-js";
import {
  PlanRequestSchema,
  type PlanResponse,
  PlanResponseSchema,
} from "../../../src/gen/redirect/v1/plan_pb.ts";

/** The path of the method, and of its HTTP request. */
export const PLAN = "/redirect.v1.RedirectPlanner/Plan";

const PORT = 9000;

/** An init container, as the planner's JSON and Kubernetes have it. */
export interface InitContainer {
  readonly image: string;
  readonly command: readonly string[];
  readonly args: readonly string[];
  readonly env?: readonly {
    readonly name: string;
    readonly valueFrom: { readonly fieldRef: { readonly fieldPath: string } };
  }[];
  readonly securityContext: {
    readonly privileged?: boolean;
    readonly runAsUser?: number;
    readonly allowPrivilegeEscalation?: boolean;
    readonly readOnlyRootFilesystem?: boolean;
    readonly capabilities: { readonly add: readonly string[] };
  };
}

/** Asks a planner for a plan in JSON, as curl does. */
export async function planJson(
  address: string,
  body: object,
): Promise<{ readonly initContainer: InitContainer }> {
  const response = await fetch(`http://${address}:${PORT}${PLAN}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  if (!response.ok) throw new Error(`${response.status}: ${await response.text()}`);
  return (await response.json()) as { readonly initContainer: InitContainer };
}

/** Asks a planner for a plan by gRPC. */
export async function planGrpc(address: string): Promise<PlanResponse> {
  const client = new Client(`${address}:${PORT}`, credentials.createInsecure());
  try {
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
  } finally {
    client.close();
  }
}

/** Waits for a planner's first answer. @throws Error when it has not come after ten seconds. */
export async function firstAnswer(address: string): Promise<void> {
  const end = Date.now() + 10_000;
  for (;;) {
    try {
      await planJson(address, {});
      return;
    } catch (error) {
      if (Date.now() > end) throw error;
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
  }
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
