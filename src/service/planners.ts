import { toBinary } from "@bufbuild/protobuf";
import { LRUCache } from "lru-cache";
import { type MeshConfig, MeshConfigSchema } from "../gen/redirect/v1/mesh_config_pb.ts";
import { PlanOptionsSchema, type PlanRequest } from "../gen/redirect/v1/plan_pb.ts";
import { createPlanMemory, createPlanner, type Planner } from "../plan.ts";
import type { PlanInput } from "../policy/inputs.ts";
import { keyOf } from "./bytes-key.ts";

/** Most mesh configs, each with options, that are kept ready to plan with. */
const KEPT_PLANNERS = 64;

/** Most characters of encoded mesh configs that are kept. */
const KEPT_CHARACTERS = 8_000_000;

const memory = createPlanMemory();
const planners = new LRUCache<string, Planner>({
  max: KEPT_PLANNERS,
  maxSize: KEPT_CHARACTERS,
  sizeCalculation: (_planner, key) => key.length,
});

/**
 * The planner for the mesh config and the options of a request: one that has met them before, when it is kept.
 *
 * @param input What the request says, read.
 */
export function plannerFor({ meshConfig, options }: PlanRequest, input: PlanInput): Planner {
  const config = meshConfig === undefined ? "" : encodedConfig(meshConfig);
  const asked = options === undefined ? "" : keyOf(toBinary(PlanOptionsSchema, options));
  const key = `${config.length} ${config}${asked}`;
  let planner = planners.get(key);
  if (planner === undefined) {
    planner = createPlanner(input.meshConfig ?? {}, input.options, memory);
    planners.set(key, planner);
  }
  return planner;
}

/** By the mesh config, which requests may share. */
const encodedConfigs = new WeakMap<MeshConfig, string>();

function encodedConfig(meshConfig: MeshConfig): string {
  let config = encodedConfigs.get(meshConfig);
  if (config === undefined) {
    config = keyOf(toBinary(MeshConfigSchema, meshConfig));
    encodedConfigs.set(meshConfig, config);
  }
  return config;
}
