import { once, setMaxListeners } from "node:events";
import { create } from "@bufbuild/protobuf";
import {
  type HealthCheckResponse,
  HealthCheckResponse_ServingStatus,
  HealthCheckResponseSchema,
  Health as HealthService,
} from "../gen/grpc/health/v1/health_pb.ts";
import { quote } from "../policy/quote.ts";
import type { Handlers } from "./handlers.ts";
import { messageStream, only } from "./message-stream.ts";
import { createRoutes, type ReportFault, type Route } from "./routes.ts";
import { ServiceError } from "./service-error.ts";

/** Whether the server takes calls, for whoever asks. */
export interface Health {
  /** From the start until the server begins to stop. */
  readonly isServing: () => boolean;
  /** Says from now on that the server is about to stop. */
  readonly stop: () => void;
  /** Aborted by {@link Health.stop}. */
  readonly stopping: AbortSignal;
  readonly routes: readonly Route[];
}

const { SERVING, NOT_SERVING, SERVICE_UNKNOWN } = HealthCheckResponse_ServingStatus;

/** @param services Full names of the services that are served; the empty name stands for the server as a whole. */
export function createHealth(services: readonly string[], reportFault: ReportFault): Health {
  const stopping = new AbortController();
  // Every stream waits for it.
  setMaxListeners(0, stopping.signal);
  const isServing = (): boolean => !stopping.signal.aborted;
  const isKnown = (service: string): boolean => service === "" || services.includes(service);
  const told = (status: HealthCheckResponse_ServingStatus): HealthCheckResponse =>
    create(HealthCheckResponseSchema, { status });

  const handlers: Handlers<typeof HealthService> = {
    check({ service }) {
      if (!isKnown(service)) throw new ServiceError("NOT_FOUND", `there is no service '${quote(service)}'`);
      return told(isServing() ? SERVING : NOT_SERVING);
    },
  };
  const watch = messageStream(HealthService.method.watch, async function* (requests, signal) {
    const { service } = await only(requests);
    if (isServing()) yield told(isKnown(service) ? SERVING : SERVICE_UNKNOWN);
    await aborted(AbortSignal.any([stopping.signal, signal]));
    if (signal.aborted) return;
    if (isKnown(service)) yield told(NOT_SERVING);
    throw new ServiceError("UNAVAILABLE", "the server is stopping");
  });
  return {
    isServing,
    stop: () => stopping.abort(),
    stopping: stopping.signal,
    routes: [...createRoutes(HealthService, handlers, reportFault), watch],
  };
}

async function aborted(signal: AbortSignal): Promise<void> {
  if (!signal.aborted) await once(signal, "abort");
}
