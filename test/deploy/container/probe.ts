import assert from "node:assert/strict";
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { Client, credentials, Metadata } from "@grpc/grpc-js";
import {
  type HealthCheckRequest,
  HealthCheckRequestSchema,
  HealthCheckResponse_ServingStatus,
  HealthCheckResponseSchema,
} from "../../../src/gen/grpc/health/v1/health_pb.ts";
import type { Container } from "../pods.ts";
import { eventually } from "./eventually.ts";

/** A probe of a container. */
export type Probe = NonNullable<Container["livenessProbe"]>;

/** Asks a container as the kubelet does: gRPC in plaintext, or HTTP. @returns what is wrong, or `ok`. */
export async function probe(address: string, { ports }: Container, asked: Probe): Promise<string> {
  const milliseconds = (asked.timeoutSeconds ?? 1) * 1000;
  if (asked.grpc !== undefined) {
    return await askGrpc(`${address}:${asked.grpc.port}`, asked.grpc.service ?? "", milliseconds);
  }
  if (asked.httpGet === undefined) throw new Error(`no kubelet of the tests knows ${JSON.stringify(asked)}`);
  const { port, path = "/" } = asked.httpGet;
  const number = ports?.find(({ name }) => name === port)?.containerPort ?? port;
  return await askHttp(`http://${address}:${number}${path}`, milliseconds);
}

/** Asks until a probe has an answer. */
export async function probeUntil(
  wanted: RegExp,
  address: string,
  container: Container,
  asked: Probe,
): Promise<void> {
  await eventually(async () => assert.match(await probe(address, container, asked), wanted));
}

async function askGrpc(target: string, service: string, milliseconds: number): Promise<string> {
  const client = new Client(target, credentials.createInsecure());
  try {
    return await new Promise((resolve) => {
      client.makeUnaryRequest(
        "/grpc.health.v1.Health/Check",
        (request: HealthCheckRequest) => Buffer.from(toBinary(HealthCheckRequestSchema, request)),
        (bytes) => fromBinary(HealthCheckResponseSchema, bytes),
        create(HealthCheckRequestSchema, { service }),
        new Metadata(),
        { deadline: Date.now() + milliseconds },
        (error, response) => {
          const serving = response?.status === HealthCheckResponse_ServingStatus.SERVING;
          resolve(error?.message ?? (serving ? "ok" : `not serving: ${response?.status}`));
        },
      );
    });
  } finally {
    client.close();
  }
}

async function askHttp(url: string, milliseconds: number): Promise<string> {
  try {
    const { status } = await fetch(url, { signal: AbortSignal.timeout(milliseconds), redirect: "manual" });
    return status >= 200 && status < 400 ? "ok" : `${url} answers ${status}`;
  } catch (error) {
    return error instanceof Error ? `${url}: ${error.message}` : String(error);
  }
}
