import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { create, toBinary } from "@bufbuild/protobuf";
import { PlanRequestSchema } from "../../src/gen/redirect/v1/plan_pb.ts";
import { PlanStreamRequestSchema } from "../../src/gen/redirect/v1/plan_stream_pb.ts";

/** A request for a plan: the lists of the page that describes OSM's redirection, and a pod of a name. */
export function planRequest(podName: string) {
  return create(PlanRequestSchema, {
    meshConfig: {
      spec: {
        traffic: {
          outboundIpRangeExclusionList: ["1.1.1.1/32", "2.2.2.2/24"],
          outboundPortExclusionList: [6379, 7070],
          inboundPortExclusionList: [6379, 7070],
        },
      },
    },
    pod: {
      metadata: {
        name: podName,
        annotations: { "openservicemesh.io/outbound-port-exclusion-list": "6379,7070" },
      },
      spec: { containers: [{ name: "app", ports: [{ containerPort: 8080 }] }] },
    },
  });
}

/** A message of `PlanStream` with a number of pods, each of another name, under one mesh config. */
export function streamRequest(items: number) {
  const { meshConfig } = planRequest("");
  return create(PlanStreamRequestSchema, {
    ...(meshConfig !== undefined && { defaults: { meshConfig } }),
    items: Array.from({ length: items }, (_, index) => {
      const { pod } = planRequest(`pod-${index}`);
      return { id: `${index}`, ...(pod !== undefined && { request: { pod } }) };
    }),
  });
}

/** Writes a message as the body of a gRPC call. @returns the file. */
export function writeBody(folder: string, name: string, message: Uint8Array): string {
  const head = Buffer.alloc(5);
  head.writeUInt32BE(message.byteLength, 1);
  const file = join(folder, name);
  writeFileSync(file, Buffer.concat([head, message]));
  return file;
}

/** The body of a call of `Plan`, and of one of `PlanStream`. */
export function writeBodies(folder: string, streamItems: number) {
  const request = toBinary(PlanRequestSchema, planRequest("shop"));
  const stream = toBinary(PlanStreamRequestSchema, streamRequest(streamItems));
  return {
    request,
    plan: writeBody(folder, "plan", request),
    stream: writeBody(folder, "stream", stream),
  };
}
