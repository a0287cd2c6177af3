import { DIALECTS } from "../policy/inputs.ts";
import { choice, type Flags } from "./flags.ts";
import { annotationOverride } from "./input/annotation-flag.ts";
import { meshOverrides } from "./input/mesh-values.ts";
import type { Override } from "./input/override.ts";
import { REQUEST_FLAGS, type RequestFlags, readRequestFlags } from "./request-flags.ts";
import { UsageError } from "./usage-error.ts";

/** One of the two that are compared. */
export type SideName = "before" | "after";

/** Where the rules of a side are. */
export type Side =
  | { readonly kind: "text"; readonly file: string }
  | { readonly kind: "plan"; readonly flags: RequestFlags };

/** The flags of `compare`. */
export const COMPARE_FLAGS = {
  ...REQUEST_FLAGS,
  before: { type: "string" },
  "before-file": { type: "string", multiple: true },
  "before-set": { type: "string", multiple: true },
  "before-annotate": { type: "string", multiple: true },
  "before-dialect": { type: "string" },
  after: { type: "string" },
  "after-file": { type: "string", multiple: true },
  "after-set": { type: "string", multiple: true },
  "after-annotate": { type: "string", multiple: true },
  "after-dialect": { type: "string" },
  output: { type: "string", short: "o" },
} as const;

/** Where a side's rules are: in the text that the flag named like it gives, else in a plan. @throws UsageError */
export function readSide(name: SideName, flags: Flags<typeof COMPARE_FLAGS>): Side {
  const own = (["file", "set", "annotate", "dialect"] as const).filter(
    (part) => flags[`${name}-${part}`] !== undefined,
  );
  const file = flags[name];
  if (file !== undefined) {
    if (own.length > 0)
      throw new UsageError(`--${name}-${own[0]}: --${name} has the rules; give one or the other`);
    return { kind: "text", file };
  }
  const shared = readRequestFlags(flags);
  const dialect = choice(`--${name}-dialect`, flags[`${name}-dialect`], DIALECTS);
  return {
    kind: "plan",
    flags: {
      files: [...shared.files, ...(flags[`${name}-file`] ?? [])],
      // The later wins: what is said of one side goes before what is said of both.
      meshOverrides: [
        ...shared.meshOverrides,
        ...ofSide(name, (flags[`${name}-set`] ?? []).flatMap(meshOverrides)),
      ],
      podOverrides: [
        ...shared.podOverrides,
        ...ofSide(name, (flags[`${name}-annotate`] ?? []).map(annotationOverride)),
      ],
      options: { ...shared.options, ...(dialect !== undefined && { dialect }) },
    },
  };
}

/** Overrides that name the flag as this side has it: `--after-set osm.localProxyMode`. */
function ofSide(name: SideName, overrides: readonly Override[]): readonly Override[] {
  return overrides.map((each) => ({ ...each, flag: each.flag.replace(/^--/, `--${name}-`) }));
}

/** Refuses a command line that has no difference to look for. @throws UsageError */
export function refuseNothingToCompare(flags: Flags<typeof COMPARE_FLAGS>): void {
  if (Object.keys(flags).some((name) => /^(before|after)/.test(name))) return;
  throw new UsageError("nothing to compare with; give --before, --after, or a flag that begins so");
}
