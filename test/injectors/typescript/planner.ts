import { readFileSync } from "node:fs";
import { join } from "node:path";
import { credentials, type ServiceError, status } from "@grpc/grpc-js";
import { BadRequestSchema } from "redirect-planner-client";
import { createPlannerClient, findDetails, type PlannerClient } from "redirect-planner-client/grpc-js";

/**
 * Makes a client of the planner. Each call of the function gives it, made anew when a certificate was renewed.
 *
 * @param tls A folder with ca.crt, tls.crt and tls.key, as a Secret mount has them; without it, no TLS (unix socket).
 */
export function connectPlanner(target: string, serviceConfig: string, tls?: string): () => PlannerClient {
  const options = {
    // Retries, and how the replicas take turns.
    "grpc.service_config": serviceConfig,
    // The default grows to two minutes: so long after a long outage, pods would still be refused.
    "grpc.max_reconnect_backoff_ms": 1_000,
    // A node that died says nothing: without pings, calls would go to it until TCP gives up, a quarter of an hour.
    "grpc.keepalive_time_ms": 20_000,
    "grpc.keepalive_timeout_ms": 5_000,
  };
  if (tls === undefined) {
    const client = createPlannerClient(target, credentials.createInsecure(), options);
    return () => client;
  }
  let client: PlannerClient | undefined;
  let files = "";
  return () => {
    const read = (name: string): Buffer => readFileSync(join(tls, name));
    const [ca, key, cert] = [read("ca.crt"), read("tls.key"), read("tls.crt")];
    if (client === undefined || files !== `${ca}${key}${cert}`) {
      client?.close();
      client = createPlannerClient(target, credentials.createSsl(ca, key, cert), options);
      files = `${ca}${key}${cert}`;
    }
    return client;
  };
}

/** What the planner has against a pod, a line for each finding; undefined when the error is a failure. */
export function refusalOf(error: unknown): string | undefined {
  if (!isServiceError(error)) return undefined;
  const aboutInput = [status.INVALID_ARGUMENT, status.FAILED_PRECONDITION, status.RESOURCE_EXHAUSTED];
  if (!aboutInput.includes(error.code)) return undefined;
  const violations = findDetails(error, BadRequestSchema).flatMap(({ fieldViolations }) => fieldViolations);
  const lines = violations.map(({ field, description }) =>
    field ? `${field}: ${description}` : description,
  );
  return (lines.length > 0 ? lines : [error.details]).map((line) => `\n- ${line}`).join("");
}

function isServiceError(error: unknown): error is ServiceError {
  return error instanceof Error && "code" in error && "metadata" in error;
}
