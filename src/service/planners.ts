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

/** The last use of a mesh config, which requests may share: to make a key, and to compare it, takes as long as it is. */
interface LastUse {
  /** Encoded, as a key. */
  readonly config: string;
  /** Options, as a key. */
  readonly asked: string;
  readonly planner: Planner;
}

const lastUses = new WeakMap<MeshConfig, LastUse>();

/**
 * The planner for the mesh config and the options of a request: one that has met them before, when it is kept.
 *
 * @param input What the request says, read.
 */
export function plannerFor({ meshConfig, options }: PlanRequest, input: PlanInput): Planner {
  const asked = options === undefined ? "" : keyOf(toBinary(PlanOptionsSchema, options));
  const last = meshConfig && lastUses.get(meshConfig);
  if (last?.asked === asked) return last.planner;
  const config = last?.config ?? (meshConfig ? keyOf(toBinary(MeshConfigSchema, meshConfig)) : "");
  const key = `${config.length} ${config}${asked}`;
  let planner = planners.get(key);
  if (planner === undefined) {
    planner = createPlanner(input.meshConfig ?? {}, input.options, memory);
    planners.set(key, planner);
  }
  if (meshConfig !== undefined) lastUses.set(meshConfig, { config, asked, planner });
  return planner;
}
