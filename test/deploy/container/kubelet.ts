import { chmodSync, chownSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { formOf } from "../forms.ts";
import { type Container, type Pod, type PodSpec, plannerOf } from "../pods.ts";

/** What a kubelet knows of a pod beside its specification. */
interface Surroundings {
  /** The folders of this machine that stand for the pod's volumes, by name. */
  readonly volumes?: Readonly<Record<string, string>>;
  /** Its address, once it has one. */
  readonly podIP?: string;
}

/**
 * The options by which podman runs a container as a kubelet does: its user and groups, what it may not do, its memory,
 * its environment and its volumes.
 */
export function kubeletOptions(
  spec: Partial<PodSpec>,
  container: Container,
  { volumes = {}, podIP = "" }: Surroundings = {},
): readonly string[] {
  const fields: Readonly<Record<string, string>> = { "status.podIP": podIP, "status.podIPs": podIP };
  const ofPod = spec.securityContext ?? {};
  const own = container.securityContext ?? {};
  const { runAsUser = ofPod.runAsUser, runAsGroup = ofPod.runAsGroup } = own;
  const seccomp = own.seccompProfile ?? ofPod.seccompProfile;
  // The engine's default profile is what RuntimeDefault means.
  if (seccomp !== undefined && seccomp.type !== "RuntimeDefault") throw new Error(`seccomp: ${seccomp.type}`);
  const memory = container.resources?.limits?.["memory"];
  const user = [runAsUser ?? [], runAsGroup ?? []].flat().join(":");
  return [
    ...(user === "" ? [] : [`--user=${user}`]),
    ...(ofPod.fsGroup === undefined ? [] : [`--group-add=${ofPod.fsGroup}`]),
    ...(own.readOnlyRootFilesystem === true ? ["--read-only", "--read-only-tmpfs=false"] : []),
    ...(own.allowPrivilegeEscalation === false ? ["--security-opt=no-new-privileges"] : []),
    ...(own.capabilities?.drop ?? []).map((capability) => `--cap-drop=${capability}`),
    ...(own.capabilities?.add ?? []).map((capability) => `--cap-add=${capability}`),
    ...(memory === undefined ? [] : [`--memory=${String(memory).replace("Mi", "m")}`]),
    ...(container.env ?? []).map(({ name, value, valueFrom }) => {
      const read = value ?? fields[valueFrom?.fieldRef?.fieldPath ?? ""];
      if (read === undefined) throw new Error(`nothing stands for the value of ${name}`);
      return `--env=${name}=${read}`;
    }),
    ...(container.volumeMounts ?? []).map(({ name, mountPath, readOnly }) => {
      const source = volumes[name];
      if (source === undefined) throw new Error(`nothing stands for the volume ${name}`);
      return `--volume=${source}:${mountPath}:${readOnly === true ? "ro" : "rw"}`;
    }),
  ];
}

/** The options of podman for a container that is confined as the base confines the planner. */
export function restricted(): readonly string[] {
  const { pod, container } = plannerOf(formOf("kustomize/base"));
  return kubeletOptions(pod.spec, container);
}

/** An empty directory as a kubelet makes it for a pod: everybody may write, and what is made there has the pod's group. */
export function makeEmptyDirectory({ spec }: Pod, folder: string, name: string): string {
  const path = join(folder, name);
  mkdirSync(path);
  chownSync(path, 0, spec.securityContext?.fsGroup ?? 0);
  chmodSync(path, 0o2777);
  return path;
}
