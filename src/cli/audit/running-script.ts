import type { Pod } from "../../gen/redirect/v1/pod_pb.ts";
import { MESH_INIT_CONTAINERS } from "../../policy/profile.ts";
import { scriptOfArguments } from "../../render/init-container.ts";

/** What a pod's init container runs. */
export type RunningScript =
  | { readonly kind: "none" }
  | { readonly kind: "script"; readonly text: string }
  /** It does not run a script as the meshes have theirs run. */
  | { readonly kind: "other"; readonly reason: string };

/** The script of the mesh's init container in a pod, as OSM, FSM and this planner write it: `/bin/sh -c SCRIPT`. */
export function runningScript(pod: Pod): RunningScript {
  const containers = pod.spec?.initContainers ?? [];
  const ours = containers.filter(({ name }) => MESH_INIT_CONTAINERS.includes(name));
  const [container, second] = ours;
  if (container === undefined) return { kind: "none" };
  if (second !== undefined) return { kind: "other", reason: `has both ${container.name} and ${second.name}` };
  const { name, command, args } = container;
  const text = scriptOfArguments(args);
  if (command.length !== 1 || !/^(?:\/bin\/)?sh$/.test(command[0] ?? "") || text === undefined) {
    return { kind: "other", reason: `${name} does not run sh -c with a script` };
  }
  return { kind: "script", text };
}
