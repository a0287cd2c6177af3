import { flagOfOption } from "../plan-options.ts";
import type { Overridden } from "./override.ts";
import { parsePath } from "./path.ts";

/** The file or flag that a field of a request comes from: `pod.yaml:7:5` for `pod.metadata.annotations["…"]`. */
export function sourceOf(field: string, meshConfig: Overridden, pod: Overridden): string {
  const [root, ...path] = parsePath(field);
  switch (root) {
    case "meshConfig":
      return meshConfig.locate(path);
    case "pod":
      return pod.locate(path);
    case "options":
      return flagOfOption(String(path[0])) ?? "command line";
    default:
      return "plan";
  }
}
