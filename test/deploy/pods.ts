import type { IPodTemplateSpec } from "kubernetes-models/v1/PodTemplateSpec";
import { FORMS, type Form } from "./forms.ts";

/** The specification of a pod. */
export type PodSpec = NonNullable<IPodTemplateSpec["spec"]>;

/** A container of a pod. */
export type Container = NonNullable<PodSpec["initContainers"]>[number];

/** A pod that a form creates. */
export interface Pod {
  /** The form and the object that holds the template. */
  readonly name: string;
  readonly form: string;
  /** Empty where the object says none. */
  readonly namespace: string;
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
    const { kind, metadata } = object;
    const name = `${path}: ${kind} ${metadata.name}`;
    return [{ name, form: path, namespace: metadata.namespace ?? "", template, spec: template.spec }];
  }),
);

/** The containers of a pod, init containers and sidecars too. */
export function containersOf(spec: PodSpec): readonly Container[] {
  return [...(spec.initContainers ?? []), ...spec.containers];
}

/** The planner's container of a form, and the pod that it is in. @throws Error unless there is exactly one. */
export function plannerOf({ path }: Form): { readonly pod: Pod; readonly container: Container } {
  const [planner, ...others] = PODS.filter(({ form }) => form === path).flatMap((pod) =>
    containersOf(pod.spec)
      .filter(({ image = "" }) => /(?:^|\/)redirect-planner:/.test(image))
      .map((container) => ({ pod, container })),
  );
  if (planner === undefined || others.length > 0) throw new Error(`${path} has not one planner`);
  return planner;
}
