import { type Finding, finding } from "./finding.ts";
import type { MeshConfig, Optional, Pod } from "./inputs.ts";
import { quote } from "./quote.ts";

/** What may be meant by a resource of another kind. */
const REMEDIES = {
  meshConfig:
    "Give the MeshConfig itself: `kubectl get meshconfig NAME -o json`, with its name, prints no list.",
  pod: "Give one pod; of a workload, give what stands under spec.template.",
} as const;

/** A mesh config that is something else: none of its fields would be read, and so no exclusion of the mesh. */
export function checkMeshConfigKind(meshConfig: Optional<MeshConfig>, findings: Finding[]): void {
  checkKind("meshConfig", "MeshConfig", meshConfig?.kind, findings);
}

/** A pod that is something else: none of its fields would be read, not even one by which it has to be refused. */
export function checkPodKind(pod: Optional<Pod>, findings: Finding[]): void {
  checkKind("pod", "Pod", pod?.kind, findings);
}

function checkKind(
  input: "meshConfig" | "pod",
  expected: string,
  kind: Optional<string>,
  findings: Finding[],
): void {
  // A resource that a program holds in memory often has none.
  if (!kind || kind === expected) return;
  findings.push(
    finding("WRONG_KIND", {
      field: `${input}.kind`,
      value: quote(kind),
      message: `The resource is a '${quote(kind)}' and not a ${expected}: nothing in it would be read`,
      remedy: REMEDIES[input],
    }),
  );
}
