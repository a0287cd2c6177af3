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
  /** Whether a script that is too long for one argument is given in several. */
  readonly splitsScript: boolean;
}

/**
 * Longest argument of a program, in bytes, without its final NUL: `MAX_ARG_STRLEN` is 32 pages of 4 KiB
 * (linux/binfmts.h), and execve fails with E2BIG beyond it. Scripts are ASCII.
 */
export const MAX_ARGUMENT_BYTES = 131_071;

/**
 * Longest script that is given in several arguments, in bytes. All arguments and the environment together may have a
 * quarter of the stack's limit, 2 MiB as a rule (man execve); and etcd refuses a pod of over 1.5 MiB.
 */
export const MAX_SPLIT_SCRIPT_BYTES = 1_000_000;

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
    args: shape.splitsScript ? splitArguments(script) : ["-c", script],
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

/** Puts its arguments behind one another, and runs what they make. */
const RUN_PARTS = 'IFS=; script="$*"; unset IFS; eval "$script"';

function splitArguments(script: string): readonly string[] {
  if (script.length <= MAX_ARGUMENT_BYTES) return ["-c", script];
  const parts: string[] = [];
  for (let start = 0; start < script.length; start += MAX_ARGUMENT_BYTES) {
    parts.push(script.slice(start, start + MAX_ARGUMENT_BYTES));
  }
  return ["-c", RUN_PARTS, "sh", ...parts];
}

/** The script that arguments of a shell have it run, in one piece or in several; undefined when they are no such. */
export function scriptOfArguments(args: readonly string[]): string | undefined {
  const [flag, script, name, ...parts] = args;
  if (flag !== "-c" || script === undefined) return undefined;
  if (name === undefined) return script;
  return script === RUN_PARTS && name === "sh" ? parts.join("") : undefined;
}
