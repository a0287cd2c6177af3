import type { IPodTemplateSpec } from "kubernetes-models/v1/PodTemplateSpec";
import { FORMS } from "./forms.ts";

/** The specification of a pod. */
export type PodSpec = NonNullable<IPodTemplateSpec["spec"]>;

/** A pod that a form creates. */
export interface Pod {
  /** The form and the object that holds the template. */
  readonly name: string;
  readonly form: string;
  readonly template: IPodTemplateSpec;
  readonly spec: PodSpec;
}

/** Whatever has a pod template: a Deployment, a Knative Service. */
interface Templated {
  readonly spec?: { readonly template?: IPodTemplateSpec };
}

/** Every pod template of every form. */
export const PODS: readonly Pod[] = FORMS.flatMap(({ path, objects }) =>
  objects.flatMap((object) => {
    const template = (object as Templated).spec?.template;
    if (template?.spec === undefined) return [];
    return [
      { name: `${path}: ${object.kind} ${object.metadata.name}`, form: path, template, spec: template.spec },
    ];
  }),
);

/** The containers of a pod, init containers and sidecars too. */
export function containersOf(spec: PodSpec): NonNullable<PodSpec["initContainers"]> {
  return [...(spec.initContainers ?? []), ...spec.containers];
}
