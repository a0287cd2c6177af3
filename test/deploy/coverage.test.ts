import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { dirname, join, posix } from "node:path";
import { test } from "node:test";
import { parse } from "yaml";
import { BREAKS } from "./breaks.ts";
import { deployFiles, deployText, KUSTOMIZATIONS } from "./deploy-files.ts";

/** Folders of programs, and the tests that run them and look at what they make. */
const PROGRAMS: Readonly<Record<string, string>> = {
  bundle: "bundle.test.ts",
  npm: "npm-package.test.ts",
  sdk: "../sdk/sdk.check.ts",
};

test("for every file a mistake is known, and the test that it turns red", () => {
  const files = deployFiles().filter((file) => !((file.split("/")[0] ?? "") in PROGRAMS));
  assert.deepEqual(BREAKS.map(({ file }) => file).sort(), files);
  for (const name of [...Object.values(PROGRAMS), ...BREAKS.map((each) => each.test)]) {
    assert.ok(existsSync(join(import.meta.dirname, name)), `there is no ${name}`);
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
