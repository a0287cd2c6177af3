import type { PlanOptions } from "../policy/inputs.ts";
import type { Flags } from "./flags.ts";
import { annotationOverride } from "./input/annotation-flag.ts";
import { meshOverrides } from "./input/mesh-values.ts";
import type { Override } from "./input/override.ts";
import { OPTION_FLAGS, readPlanOptions } from "./plan-options.ts";
import { UsageError } from "./usage-error.ts";

/** The flags that say which plan is meant; they mean what they mean to `plan`. */
export const REQUEST_FLAGS = {
  file: { type: "string", short: "f", multiple: true },
  set: { type: "string", multiple: true },
  annotate: { type: "string", multiple: true },
  ...OPTION_FLAGS,
} as const;

/** Which plan the flags mean. */
export interface RequestFlags {
  /** Paths, or `-`, in the order in which they were given. */
  readonly files: readonly string[];
  readonly meshOverrides: readonly Override[];
  readonly podOverrides: readonly Override[];
  readonly options: PlanOptions;
}

/** Reads the flags that say which plan is meant. @throws UsageError */
export function readRequestFlags(flags: Flags<typeof REQUEST_FLAGS>): RequestFlags {
  return {
    files: flags.file ?? [],
    meshOverrides: (flags.set ?? []).flatMap(meshOverrides),
    podOverrides: (flags.annotate ?? []).map(annotationOverride),
    options: readPlanOptions(flags),
  };
}

/** Refuses these flags where the rules come from elsewhere. @throws UsageError */
export function refuseRequestFlags(flags: Readonly<Record<string, unknown>>, because: string): void {
  const given = Object.keys(REQUEST_FLAGS).find((name) => Object.hasOwn(flags, name));
  if (given !== undefined) throw new UsageError(`--${given}: ${because}; give one or the other`);
}

/** The lines about these flags in a command's help. */
export const REQUEST_FLAGS_HELP = `  -f, --file FILE             YAML or JSON with a MeshConfig, a Pod, or a workload with a pod template;
                              - is standard input. Can be repeated.
      --set KEY=VALUE, --annotate KEY=VALUE, --dialect NAME, and the other flags of plan
                              What they mean to plan: see redirect-planner plan --help
`;
