import type { PlanOptions } from "../policy/inputs.ts";
import { choice, readFlags } from "./flags.ts";
import { annotationOverride } from "./input/annotation-flag.ts";
import { meshOverrides } from "./input/mesh-values.ts";
import type { Override } from "./input/override.ts";
import { OPTION_FLAGS, readPlanOptions } from "./plan-options.ts";

/** What `plan` can print. */
const OUTPUTS = ["script", "cleanup-script", "init-container", "json", "yaml", "table"] as const;

/** A form of output. */
export type Output = (typeof OUTPUTS)[number];

/** What the flags of `plan` ask for. */
export interface PlanFlags {
  /** Paths, or `-`, in the order in which they were given. */
  readonly files: readonly string[];
  readonly meshOverrides: readonly Override[];
  readonly podOverrides: readonly Override[];
  readonly options: PlanOptions;
  /** Default `script`. */
  readonly output: Output;
}

const FLAGS = {
  file: { type: "string", short: "f", multiple: true },
  set: { type: "string", multiple: true },
  annotate: { type: "string", multiple: true },
  output: { type: "string", short: "o" },
  ...OPTION_FLAGS,
} as const;

/** Reads the flags of `plan`. @throws UsageError */
export function readPlanFlags(argv: readonly string[]): PlanFlags {
  const flags = readFlags(argv, FLAGS);
  return {
    files: flags.file ?? [],
    meshOverrides: (flags.set ?? []).flatMap(meshOverrides),
    podOverrides: (flags.annotate ?? []).map(annotationOverride),
    options: readPlanOptions(flags),
    output: choice("--output", flags.output, OUTPUTS) ?? "script",
  };
}
