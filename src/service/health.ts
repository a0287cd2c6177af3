import { create } from "@bufbuild/protobuf";
import {
  HealthCheckResponse_ServingStatus,
  HealthCheckResponseSchema,
  type Health as HealthService,
} from "../gen/grpc/health/v1/health_pb.ts";
import { quote } from "../policy/quote.ts";
import type { Handlers } from "./handlers.ts";
import { ServiceError } from "./service-error.ts";

/** Whether the server takes calls, for whoever asks. */
export interface Health {
  /** From the start until the server begins to stop. */
  readonly isServing: () => boolean;
  readonly handlers: Handlers<typeof HealthService>;
  /** Says from now on that the server is about to stop. */
  readonly stop: () => void;
}

/** @param services Full names of the services that are served; the empty name stands for the server as a whole. */
export function createHealth(services: readonly string[]): Health {
  let serving = true;
  return {
    isServing: () => serving,
    stop: () => {
      serving = false;
    },
    handlers: {
      check({ service }) {
        if (service !== "" && !services.includes(service)) {
          throw new ServiceError("NOT_FOUND", `there is no service '${quote(service)}'`);
        }
        const { SERVING, NOT_SERVING } = HealthCheckResponse_ServingStatus;
        return create(HealthCheckResponseSchema, { status: serving ? SERVING : NOT_SERVING });
      },
    },
  };
}
