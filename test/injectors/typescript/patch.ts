/** The annotation that tells which plan a pod has. */
export const DIGEST = "redirect-planner/digest";

/** Where the init container goes among those of the pod. */
export type Place = "first" | "last";

/** What a patch depends on. Kubernetes leaves out what is empty, or sends null. */
export interface Pod {
  readonly metadata: {
    readonly name?: string;
    readonly generateName?: string;
    readonly annotations?: Readonly<Record<string, string>> | null;
  };
  readonly spec: { readonly initContainers?: readonly Container[] | null };
}

/** A container, as far as it is compared. */
export interface Container {
  readonly name: string;
  readonly command?: readonly string[];
  readonly args?: readonly string[];
}

/** One step of a JSONPatch (RFC 6902). */
export interface Operation {
  readonly op: "add" | "replace";
  readonly path: string;
  readonly value: unknown;
}

/** The steps from a pod to the pod with a plan; none when it has that plan already. */
export function patchFor(pod: Pod, planned: Container, digest: string, place: Place): readonly Operation[] {
  const { annotations } = pod.metadata;
  const containers = pod.spec.initContainers;
  const steps: Operation[] = [];

  const index = containers?.findIndex(({ name }) => name === planned.name) ?? -1;
  const present = containers?.[index];
  // Anybody can write an annotation: the digest alone does not show that the rules are programmed.
  if (!present || annotations?.[DIGEST] !== digest || !runsSame(present, planned)) {
    if (!containers) steps.push({ op: "add", path: "/spec/initContainers", value: [planned] });
    else if (present) steps.push({ op: "replace", path: `/spec/initContainers/${index}`, value: planned });
    else
      steps.push({ op: "add", path: `/spec/initContainers/${place === "first" ? 0 : "-"}`, value: planned });
  }

  if (!annotations) steps.push({ op: "add", path: "/metadata/annotations", value: { [DIGEST]: digest } });
  else if (annotations[DIGEST] !== digest) {
    // RFC 6901: a slash inside a name is written ~1.
    const path = `/metadata/annotations/${DIGEST.replace("/", "~1")}`;
    steps.push({ op: DIGEST in annotations ? "replace" : "add", path, value: digest });
  }
  return steps;
}

/** Other webhooks may rewrite the image or add defaults; what must not differ is the program. */
function runsSame(a: Container, b: Container): boolean {
  return JSON.stringify([a.command, a.args]) === JSON.stringify([b.command, b.args]);
}
