import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fromJson, type JsonObject } from "@bufbuild/protobuf";
import { parse } from "yaml";
import { MeshConfigSchema } from "../../src/gen/redirect/v1/mesh_config_pb.ts";
import { PlanOptionsSchema } from "../../src/gen/redirect/v1/plan_pb.ts";
import { PodSchema } from "../../src/gen/redirect/v1/pod_pb.ts";
import type { Dialect, PlanInput, PlanOptions } from "../../src/policy/inputs.ts";

/** Where the golden files are: a folder a feature, with `in.yaml` and an output for each dialect. */
export const GOLDEN = join(import.meta.dirname, "../golden");

/** The features, by the names of their folders. */
export function features(): readonly string[] {
  return readdirSync(GOLDEN).toSorted();
}

/** A document of a feature's `in.yaml`, as a person writes it. */
export interface FeatureDocument {
  readonly meshConfig?: JsonObject;
  readonly pod?: JsonObject;
  /** Options in the words of the library, without dialect and format. */
  readonly options?: PlanOptions;
}

/** The input of a feature as it is written. */
export function readFeature(feature: string): FeatureDocument {
  return parse(readFileSync(join(GOLDEN, feature, "in.yaml"), "utf8"));
}

/**
 * The input of a feature for a dialect. A mistyped field is an error. Annotations are written as OSM has them; FSM has
 * the same under its own prefix.
 */
export function featureInput(feature: string, dialect: Dialect): PlanInput {
  const { meshConfig = {}, pod = {}, options = {} } = readFeature(feature);
  const { enforcement, ipFamilies, iptablesBackend, ...plain } = options;
  fromJson(PlanOptionsSchema, plain as JsonObject);
  return {
    meshConfig: fromJson(MeshConfigSchema, meshConfig),
    pod: fromJson(PodSchema, withPrefixOf(dialect, pod)),
    options: {
      ...plain,
      dialect,
      ...(enforcement && { enforcement }),
      ...(ipFamilies && { ipFamilies }),
      ...(iptablesBackend && { iptablesBackend }),
    },
  };
}

function withPrefixOf(dialect: Dialect, pod: JsonObject): JsonObject {
  if (!dialect.startsWith("fsm")) return pod;
  return JSON.parse(JSON.stringify(pod).replaceAll('"openservicemesh.io/', '"flomesh.io/'));
}
