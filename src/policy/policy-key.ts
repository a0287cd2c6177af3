import type { PlanOptions, Pod } from "./inputs.ts";
import { podIpsOf } from "./pod-addresses.ts";
import { openProbePorts } from "./probes.ts";
import { annotationKeys, type Profile } from "./profile.ts";

/**
 * A text that two pods share when, under one mesh config and the same options, they have the same policy: all that
 * `buildPolicy` reads of a pod.
 */
export function policyKey(pod: Pod | undefined, profile: Profile, options: PlanOptions): string {
  const annotations = pod?.metadata?.annotations;
  const { podIp, podIps } = podIpsOf(pod);
  // One flat list: a nested one takes longer to write. Only the last part of it has no fixed length.
  return JSON.stringify([
    ...annotationKeys(profile).map((key) =>
      annotations && Object.hasOwn(annotations, key) ? (annotations[key] ?? "") : null,
    ),
    openProbePorts(pod, profile, options)
      .map(({ port }) => port)
      .join(),
    podIp,
    ...podIps,
  ]);
}
