import { formOf } from "../forms.ts";
import { containersOf, PODS } from "../pods.ts";

/** How podman confines a container as the kubelet confines the planner's, by the manifest of the base. */
function confinement(): readonly string[] {
  const { path } = formOf("kustomize/base");
  const pod = PODS.find(({ form }) => form === path);
  const [container] = pod === undefined ? [] : containersOf(pod.spec);
  const own = container?.securityContext;
  const { runAsUser, runAsGroup, seccompProfile } = pod?.spec.securityContext ?? {};
  if (own?.readOnlyRootFilesystem !== true || own.allowPrivilegeEscalation !== false) {
    throw new Error("the manifest of the base confines its container less than these tests do");
  }
  // The engine's default profile is what RuntimeDefault means.
  if (seccompProfile?.type !== "RuntimeDefault")
    throw new Error("the manifest of the base has another seccomp profile");
  return [
    "--read-only",
    "--read-only-tmpfs=false",
    "--security-opt=no-new-privileges",
    `--user=${runAsUser}:${runAsGroup}`,
    ...(own.capabilities?.drop ?? []).map((capability) => `--cap-drop=${capability}`),
    `--memory=${container?.resources?.limits?.["memory"]?.toString().replace("Mi", "m")}`,
  ];
}

/** The options of podman for a container that is confined as the manifests have it. */
export const RESTRICTED: readonly string[] = confinement();
