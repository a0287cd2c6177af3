/** An init container as Kubernetes takes it, as far as a plan sets it. */
export interface InitContainer {
  readonly name: string;
  readonly image: string;
  readonly imagePullPolicy?: string;
  readonly command: readonly string[];
  readonly args: readonly string[];
  readonly env: readonly EnvVar[];
  readonly securityContext: {
    readonly privileged: boolean;
    readonly runAsNonRoot?: boolean;
    readonly runAsUser?: number;
    readonly capabilities: { readonly add: readonly string[]; readonly drop: readonly string[] };
  };
}

/** A variable whose value the cluster reads off the pod. */
export interface EnvVar {
  readonly name: string;
  readonly fieldRef: { readonly apiVersion: string; readonly fieldPath: string };
}

/** What the init container of a mesh version has beside its image and script. */
export interface InitContainerShape {
  readonly name: "osm-init" | "fsm-init";
  /** Whether it says that it runs as root (from OSM 1.0 on). */
  readonly runsAsRoot: boolean;
  /** Whether it gets the pod's address as `POD_IP` (from OSM 1.1.1 on). */
  readonly podIpVariable: boolean;
}

/** What the inputs say of the init container. */
export interface InitContainerSettings {
  readonly image: string;
  readonly imagePullPolicy?: string;
  readonly privileged: boolean;
}

/** The init container that runs a script. */
export function initContainer(
  shape: InitContainerShape,
  settings: InitContainerSettings,
  script: string,
): InitContainer {
  return {
    name: shape.name,
    image: settings.image,
    ...(settings.imagePullPolicy !== undefined && { imagePullPolicy: settings.imagePullPolicy }),
    command: ["/bin/sh"],
    args: ["-c", script],
    env: shape.podIpVariable
      ? [{ name: "POD_IP", fieldRef: { apiVersion: "v1", fieldPath: "status.podIP" } }]
      : [],
    securityContext: {
      privileged: settings.privileged,
      ...(shape.runsAsRoot && { runAsNonRoot: false, runAsUser: 0 }),
      capabilities: { add: ["NET_ADMIN"], drop: [] },
    },
  };
}
