import { UsageError } from "../usage-error.ts";
import type { Override } from "./override.ts";

/** What an `--annotate key=value` puts into a pod. @throws UsageError without a key or a `=`. */
export function annotationOverride(text: string): Override {
  const equals = text.indexOf("=");
  if (equals < 1) throw new UsageError(`--annotate '${text}': write key=value`);
  const key = text.slice(0, equals);
  // Nothing reads an annotation without a prefix; left alone, the exclusion would be lost without a word.
  if (/^(in|out)bound-/.test(key)) {
    throw new UsageError(`--annotate '${key}': write the whole key, openservicemesh.io/${key}`);
  }
  return { path: ["metadata", "annotations", key], value: text.slice(equals + 1), flag: `--annotate ${key}` };
}
