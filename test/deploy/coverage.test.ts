import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { dirname, join, posix } from "node:path";
import { test } from "node:test";
import { parse } from "yaml";
import { deployFiles, deployText, KUSTOMIZATIONS } from "./deploy-files.ts";

/** Which tests hold each file, or each file of a folder, to what it says. */
const COVERED: Readonly<Record<string, readonly string[]>> = {
  "README.md": ["documents.test.ts"],
  "scaling.md": ["documents.test.ts"],
  Dockerfile: ["dockerfile.test.ts", "container/container.check.ts"],
  "Dockerfile.dockerignore": ["dockerfile.test.ts", "container/container.check.ts"],
  "bundle/": ["bundle.test.ts"],
  "client/README.md": ["documents.test.ts"],
  "client/service-config.json": ["service-config.test.ts"],
  "kustomize/": ["schema.test.ts", "pod-security.test.ts", "wiring.test.ts", "schema.check.ts"],
  "kustomize/components/monitoring/alerts.yaml": ["schema.test.ts", "alerts.check.ts"],
  "kustomize/components/monitoring/dashboard.json": ["schema.test.ts"],
  "settings.md": ["../cli/serve/settings.test.ts"],
  "sdk/": ["../sdk/sdk.check.ts"],
  "serverless/": ["schema.test.ts", "pod-security.test.ts", "wiring.test.ts"],
};

test("every file has tests, and every test in the table is there", () => {
  const files = deployFiles();
  for (const file of files) {
    assert.ok(
      Object.keys(COVERED).some((path) => file === path || (path.endsWith("/") && file.startsWith(path))),
      `no test covers ${file}`,
    );
  }
  for (const [path, tests] of Object.entries(COVERED)) {
    assert.ok(
      files.some((file) => file.startsWith(path)),
      `there is no ${path}`,
    );
    for (const name of tests) assert.ok(existsSync(join(import.meta.dirname, name)), `there is no ${name}`);
  }
});

/** What a kustomization reads: other folders, and files. */
interface Kustomization {
  readonly resources?: readonly string[];
  readonly components?: readonly string[];
  readonly patches?: readonly { readonly path?: string }[];
  readonly configMapGenerator?: readonly { readonly files?: readonly string[] }[];
}

/** The files that a folder under `deploy/` is rendered from. */
function readBy(folder: string): readonly string[] {
  const file = posix.join(folder, "kustomization.yaml");
  const {
    resources = [],
    components = [],
    patches = [],
    configMapGenerator = [],
  } = parse(deployText(file)) as Kustomization;
  const paths = [
    ...resources,
    ...components,
    ...patches.flatMap(({ path }) => (path === undefined ? [] : [path])),
    ...configMapGenerator.flatMap(({ files = [] }) => files.map((entry) => entry.replace(/^.*=/, ""))),
  ];
  return [
    file,
    ...paths.flatMap((path) => {
      const target = posix.join(dirname(file), path);
      return /\.(?:yaml|json)$/.test(target) ? [target] : readBy(target);
    }),
  ];
}

test("every file under kustomize/ is part of a form that is rendered", () => {
  const read = new Set(KUSTOMIZATIONS.flatMap(readBy));
  const files = deployFiles().filter((path) => path.startsWith("kustomize/"));
  assert.deepEqual([...read].sort(), files);
});
