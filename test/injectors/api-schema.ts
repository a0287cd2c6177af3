import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { lackingProgram, run } from "../deploy/programs.ts";
import type { Json } from "./webhook.ts";

const PROGRAM = "kubernetes-validate";

/** The oldest release of Kubernetes that the planner is deployed on, and the newest that the program knows. */
const RELEASES = ["1.30", "1.37"];

/** Why objects cannot be held against the schema; false when they can. */
export const LACKING_SCHEMA = lackingProgram(PROGRAM);

/** What the schemas of the API have against objects, fields that they do not know included; empty when nothing. */
export function schemaErrors(objects: readonly Json[], scratch: string): readonly string[] {
  const files = objects.map((object, index) => {
    const file = join(scratch, `object-${index}.yaml`);
    writeFileSync(file, JSON.stringify(object));
    return file;
  });
  return RELEASES.flatMap((release) => {
    const { stdout, stderr } = run(PROGRAM, ["--strict", "--kubernetes-version", release, ...files]);
    const lines = (stdout + stderr).split("\n").filter((line) => line !== "");
    const passed = lines.filter((line) => line.includes("passed for resource"));
    return passed.length === files.length ? [] : lines.filter((line) => !passed.includes(line));
  });
}
