/** How podman runs a container as the level `restricted` and the manifests have it; seccomp is the engine's default. */
export const RESTRICTED: readonly string[] = [
  "--read-only",
  "--read-only-tmpfs=false",
  "--cap-drop=ALL",
  "--security-opt=no-new-privileges",
];
