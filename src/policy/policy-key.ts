import type { PlanOptions, Pod } from "./inputs.ts";
import { openProbePorts } from "./probes.ts";
import { annotationKeys, type Profile } from "./profile.ts";

/**
 * A text that two pods share when, under one mesh config and the same options, they have the same policy: all that
 * `buildPolicy` reads of a pod.
 */
export function policyKey(pod: Pod | undefined, profile: Profile, options: PlanOptions): string {
  const annotations = pod?.metadata?.annotations;
  const { podIp, podIps } = pod?.status ?? {};
  return JSON.stringify([
    annotations === undefined
      ? []
      : annotationKeys(profile).map((key) => (Object.hasOwn(annotations, key) ? annotations[key] : null)),
    openProbePorts(pod, profile, options).map(({ port }) => port),
    podIp,
    podIps?.map(({ ip }) => ip),
  ]);
}
