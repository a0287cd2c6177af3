import { type MeshConfig, MeshConfigSchema } from "../../gen/redirect/v1/mesh_config_pb.ts";
import { type Pod, PodSchema } from "../../gen/redirect/v1/pod_pb.ts";
import { InputError, type InputFault } from "../input-error.ts";
import { readMessage } from "./message-reader.ts";
import type { PlanInputs, PodInput } from "./plan-inputs.ts";

/** The inputs of plans as messages of the contract. */
export interface PlanMessages {
  readonly meshConfig: MeshConfig;
  readonly pods: readonly { readonly source: PodInput; readonly pod: Pod }[];
}

/** Reads the mesh config and every pod. @throws InputError with all faults of all of them at once. */
export function readMessages({ meshConfig, pods }: PlanInputs): PlanMessages {
  const faults: InputFault[] = [];
  const attempt = <T>(read: () => T): T | undefined => {
    try {
      return read();
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      faults.push(...error.faults);
      return undefined;
    }
  };
  const mesh = attempt(() => readMessage(MeshConfigSchema, meshConfig.value, meshConfig.locate));
  const messages = pods.flatMap((source) => {
    const pod = attempt(() => readMessage(PodSchema, source.value, source.locate));
    return pod === undefined ? [] : [{ source, pod }];
  });
  if (mesh === undefined || faults.length > 0) throw new InputError(...faults);
  return { meshConfig: mesh, pods: messages };
}
