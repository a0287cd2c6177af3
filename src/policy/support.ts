import { type Finding, finding } from "./finding.ts";
import { DIALECTS } from "./inputs.ts";
import type { RawList } from "./lists.ts";
import { type Knob, type Profile, profileOf } from "./profile.ts";
import { quote } from "./quote.ts";

/** Whether the dialect has rules for a list; when it has none, each part of the list that is set is a finding. */
export function supportsList(
  profile: Profile,
  knob: Knob,
  parts: readonly RawList[],
  findings: Finding[],
): boolean {
  if (profile.knobs.has(knob)) return true;
  for (const { field, items } of parts) {
    if (items.length > 0)
      findings.push(unsupported(profile, knob, field, items.map(({ text }) => text).join(",")));
  }
  return false;
}

/** Whether the dialect has a rule for a setting that is switched on; when it has none, that is a finding. */
export function supportsSetting(
  profile: Profile,
  knob: Knob,
  setting: { readonly field: string; readonly value: string },
  findings: Finding[],
): boolean {
  if (profile.knobs.has(knob)) return true;
  findings.push(unsupported(profile, knob, setting.field, setting.value));
  return false;
}

function unsupported(profile: Profile, knob: Knob, field: string, value: string): Finding {
  const able = DIALECTS.filter((dialect) => profileOf(dialect).knobs.has(knob));
  return finding("UNSUPPORTED_BY_DIALECT", {
    field,
    value: quote(value),
    message: `'${quote(value)}' is set, and ${profile.meshVersion} (dialect ${profile.dialect}) has no ${knob}`,
    remedy: `Take it out, or plan with one of the dialects that have it: ${able.join(", ")}.`,
  });
}
