/** The engine in one call: mesh config, pod and options in; plan, script, init container and findings out. Pure. */
import type { Finding } from "./policy/finding.ts";
import type { PlanInput } from "./policy/inputs.ts";
import type { Policy } from "./policy/policy.ts";
import type { InitContainer } from "./render/init-container.ts";
import type { Prerequisites } from "./render/prerequisites.ts";
import type { Chain } from "./ruleset/rule.ts";

/** What planning gives. Never partial: an input that is refused has findings and no script. */
export type PlanOutcome =
  | { readonly kind: "planned"; readonly plan: PodPlan }
  /** At least one finding refuses the input: the caller's fault. Every finding is listed. */
  | { readonly kind: "refused"; readonly findings: readonly Finding[] }
  /** Valid input for which the asked form has no text: a combination of options. */
  | { readonly kind: "inexpressible"; readonly reason: string };

/** The plan of one pod. */
export interface PodPlan {
  readonly policy: Policy;
  /** The chains in kernel order, with the origin of each rule. */
  readonly chains: readonly Chain[];
  /** The text for `/bin/sh -c`. */
  readonly script: string;
  /** A text for `/bin/sh -c` that removes what the script added. */
  readonly cleanupScript: string;
  readonly initContainer: InitContainer;
  readonly prerequisites: Prerequisites;
  /** Warnings, infos, and the errors that enforcement lets pass, in a stable order. */
  readonly findings: readonly Finding[];
}
