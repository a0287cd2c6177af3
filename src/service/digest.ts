import { createHash } from "node:crypto";
import { toBinary } from "@bufbuild/protobuf";
import { type Container, ContainerSchema } from "../gen/redirect/v1/pod_pb.ts";

/** What a digest is taken over: all that reaches the pod. */
export interface DigestedPlan {
  readonly script: string;
  readonly cleanupScript: string;
  readonly initContainer: Container;
}

/**
 * `sha256:` and 64 hex digits over the script, the cleanup script and the encoded init container, each with its length
 * in bytes before it (32 bits, big endian), so that no two plans run together to the same bytes.
 */
export function planDigest({ script, cleanupScript, initContainer }: DigestedPlan): string {
  const hash = createHash("sha256");
  for (const part of [
    Buffer.from(script),
    Buffer.from(cleanupScript),
    toBinary(ContainerSchema, initContainer),
  ]) {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(part.byteLength);
    hash.update(length).update(part);
  }
  return `sha256:${hash.digest("hex")}`;
}
