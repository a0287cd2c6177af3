import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";

/** The top of the repository. */
export const ROOT = join(import.meta.dirname, "../..");

/** What these tests are about. */
export const DEPLOY = join(ROOT, "deploy");

/** The files under `deploy/`, by their paths from there. */
export function deployFiles(): readonly string[] {
  return readdirSync(DEPLOY, { recursive: true, encoding: "utf8" })
    .filter((path) => statSync(join(DEPLOY, path)).isFile())
    .sort();
}

/** The text of a file under `deploy/`. */
export function deployText(path: string): string {
  return readFileSync(join(DEPLOY, path), "utf8");
}

/** The folders that are handed to `kubectl apply -k`. */
export const KUSTOMIZATIONS: readonly string[] = [
  "kustomize/base",
  ...readdirSync(join(DEPLOY, "kustomize/overlays")).map((name) => `kustomize/overlays/${name}`),
];

/** The files that are handed to a platform as they are. */
export const SERVERLESS: readonly string[] = readdirSync(join(DEPLOY, "serverless"))
  .filter((name) => name.endsWith(".yaml"))
  .map((name) => `serverless/${name}`);
