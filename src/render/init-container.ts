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
    readonly allowPrivilegeEscalation?: boolean;
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
  /** The variables that give it the pod's address or addresses. */
  readonly podIpVariables: readonly ("POD_IP" | "POD_IPS")[];
  /** Whether it drops every capability but those it names, and may not gain privileges. */
  readonly confined: boolean;
}

/** What the inputs say of the init container. */
export interface InitContainerSettings {
  readonly image: string;
  readonly imagePullPolicy?: string;
  readonly privileged: boolean;
}

/** Fields of the pod by the name of the variable that gives them. */
const POD_FIELDS = { POD_IP: "status.podIP", POD_IPS: "status.podIPs" } as const;

/**
 * The init container that runs a script.
 *
 * @param capabilities What the script needs, without `CAP_`. A container that is not confined has the container
 * runtime's defaults beside them, NET_RAW among them.
 */
export function initContainer(
  shape: InitContainerShape,
  settings: InitContainerSettings,
  script: string,
  capabilities: readonly string[],
): InitContainer {
  return {
    name: shape.name,
    image: settings.image,
    ...(settings.imagePullPolicy !== undefined && { imagePullPolicy: settings.imagePullPolicy }),
    command: ["/bin/sh"],
    args: ["-c", script],
    env: shape.podIpVariables.map((name) => ({
      name,
      fieldRef: { apiVersion: "v1", fieldPath: POD_FIELDS[name] },
    })),
    securityContext: {
      privileged: settings.privileged,
      // Kubernetes refuses a privileged container that says it may not gain privileges.
      ...(shape.confined && !settings.privileged && { allowPrivilegeEscalation: false }),
      ...(shape.runsAsRoot && { runAsNonRoot: false, runAsUser: 0 }),
      capabilities: shape.confined ? { add: capabilities, drop: ["ALL"] } : { add: ["NET_ADMIN"], drop: [] },
    },
  };
}
