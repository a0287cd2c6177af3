import { BinaryReader, WireType } from "@bufbuild/protobuf/wire";
import { LRUCache } from "lru-cache";
import { type MeshConfig, MeshConfigSchema } from "../gen/redirect/v1/mesh_config_pb.ts";
import { type PlanRequest, PlanRequestSchema } from "../gen/redirect/v1/plan_pb.ts";
import { keyOf } from "./bytes-key.ts";
import { decodeBinary, orMalformed } from "./codec.ts";
import { ServiceError } from "./service-error.ts";

/** What a request begins with that has a mesh config and was written as most are, in the order of the fields' numbers. */
const MESH_CONFIG_TAG = (PlanRequestSchema.field.meshConfig.number << 3) | WireType.LengthDelimited;

/** Mesh configs by their bytes. */
const meshConfigs = new LRUCache<string, MeshConfig>({
  max: 64,
  maxSize: 8_000_000,
  sizeCalculation: (_meshConfig, key) => 1 + key.length,
});

/**
 * A request in protobuf's wire format: what `decodeBinary` makes of it. Its mesh config is not to be changed: requests that
 * have the same share it, for a mesh has one and asks for many pods.
 *
 * @throws ServiceError when it is none.
 */
export function decodePlanRequest(bytes: Uint8Array): PlanRequest {
  return decodeSharing(bytes) ?? decodeBinary(PlanRequestSchema, bytes);
}

/** A request with those fields of the defaults that it does not have. It is changed for that. */
export function completed(request: PlanRequest, { meshConfig, pod, options }: PlanRequest): PlanRequest {
  if (meshConfig !== undefined) request.meshConfig ??= meshConfig;
  if (pod !== undefined) request.pod ??= pod;
  if (options !== undefined) request.options ??= options;
  return request;
}

/** Undefined for a request whose first field is no mesh config, or not all of it, or that is malformed. */
function decodeSharing(bytes: Uint8Array): PlanRequest | undefined {
  if (bytes[0] !== MESH_CONFIG_TAG) return undefined;
  try {
    return orMalformed(() => {
      const reader = new BinaryReader(bytes);
      reader.tag();
      const meshConfig = sharedMeshConfig(reader.bytes());
      const request = decodeBinary(PlanRequestSchema, bytes.subarray(reader.pos));
      // A message that is given twice is merged.
      if (request.meshConfig !== undefined) return undefined;
      request.meshConfig = meshConfig;
      return request;
    });
  } catch (error) {
    if (error instanceof ServiceError) return undefined;
    throw error;
  }
}

function sharedMeshConfig(bytes: Uint8Array): MeshConfig {
  const key = keyOf(bytes);
  let meshConfig = meshConfigs.get(key);
  if (meshConfig === undefined) {
    meshConfig = decodeBinary(MeshConfigSchema, bytes);
    meshConfigs.set(key, meshConfig);
  }
  return meshConfig;
}
