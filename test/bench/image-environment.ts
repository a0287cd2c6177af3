import { readFileSync } from "node:fs";
import { join } from "node:path";

/** The variables that the image sets for the planner, as its Dockerfile has them. */
export function imageEnvironment(): NodeJS.ProcessEnv {
  const dockerfile = readFileSync(join(import.meta.dirname, "../../deploy/Dockerfile"), "utf8");
  const settings = [...dockerfile.matchAll(/^ENV (.+)$/gm)].flatMap(([, line = ""]) => line.split(" "));
  return Object.fromEntries(settings.map((setting) => setting.split("=")));
}
