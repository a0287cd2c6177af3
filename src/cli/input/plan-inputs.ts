import { InputError } from "../input-error.ts";
import { UsageError } from "../usage-error.ts";
import { readDocuments } from "./document.ts";
import { type Overridden, type Override, override } from "./override.ts";
import { type Resource, resourcesOf } from "./resource.ts";
import { readTextSource } from "./text-source.ts";

/** What plans are made from: one mesh config, and pods. */
export interface PlanInputs {
  readonly meshConfig: Overridden;
  readonly pods: readonly PodInput[];
  /** Whether pods were asked for by the list: more than one, or a Kubernetes list of any length. */
  readonly bulk: boolean;
  /** Whether files were named and none had a pod in it. */
  readonly lacksPod: boolean;
}

/** A pod to plan for. */
export interface PodInput extends Overridden {
  /** `Pod default/curl`, `Deployment bookstore`; `pod` when none was given. */
  readonly title: string;
  /** `default/curl`; empty when it has no name. */
  readonly id: string;
}

/** Reads the files and puts in what the flags add. Without a pod there is one that has only the flags' annotations. */
export async function readPlanInputs(
  files: readonly string[],
  stdin: AsyncIterable<Uint8Array | string>,
  meshOverrides: readonly Override[],
  podOverrides: readonly Override[],
): Promise<PlanInputs> {
  if (files.filter((file) => file === "-").length > 1) {
    throw new UsageError("-f - is given twice; standard input can be read once");
  }
  const resources: Resource[] = [];
  for (const file of files) {
    for (const document of readDocuments(await readTextSource(file, stdin)))
      resources.push(...resourcesOf(document));
  }
  const meshConfigs = resources.filter(({ kind }) => kind === "MeshConfig");
  if (meshConfigs.length > 1) throw severalMeshConfigs(meshConfigs);
  const pods = resources.filter(({ kind }) => kind === "Pod");
  return {
    meshConfig: override(meshConfigs[0], meshOverrides),
    pods:
      pods.length > 0
        ? pods.map((pod) => ({ title: pod.title, id: pod.id, ...override(pod, podOverrides) }))
        : [{ title: "pod", id: "", ...override(undefined, podOverrides) }],
    bulk: pods.length > 1 || pods.some(({ listed }) => listed),
    lacksPod: files.length > 0 && pods.length === 0,
  };
}

function severalMeshConfigs(meshConfigs: readonly Resource[]): InputError {
  const [first, ...others] = meshConfigs.map(({ document, path }) => document.locate(path));
  return new InputError(
    ...others.map((where) => ({
      where,
      message: `a second MeshConfig; a mesh has one, and ${first} has it`,
    })),
  );
}
