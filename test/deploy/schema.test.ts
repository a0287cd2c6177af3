import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { Deployment } from "kubernetes-models/apps/v1/Deployment";
import { ROOT } from "./deploy-files.ts";
import { FORMS, formOf, type KubernetesObject, NO_RENDERER, ofKind } from "./forms.ts";
import { typedModule, validate } from "./models.ts";

/** What the compiler has to say about a module. */
function diagnostics(source: string): string {
  const folder = mkdtempSync(join(tmpdir(), "manifests-"));
  try {
    // Without it the compiler does not find the packages with the types.
    symlinkSync(join(ROOT, "node_modules"), join(folder, "node_modules"));
    writeFileSync(join(folder, "package.json"), JSON.stringify({ type: "module" }));
    writeFileSync(join(folder, "manifests.ts"), source);
    const args = [
      "--noEmit",
      "--strict",
      "--skipLibCheck",
      "--module",
      "nodenext",
      "--types",
      "",
      "manifests.ts",
    ];
    const { error, stdout } = spawnSync(join(ROOT, "node_modules/.bin/tsc"), args, {
      cwd: folder,
      encoding: "utf8",
    });
    assert.equal(error, undefined);
    return stdout;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

for (const { path, objects } of FORMS) {
  test(`${path} holds to the schema of every kind in it`, { skip: NO_RENDERER }, () => {
    assert.ok(objects.length > 0);
    for (const object of objects) validate(object);
  });
}

test("no manifest has a field that its kind does not have", { skip: NO_RENDERER }, () => {
  assert.equal(diagnostics(typedModule(FORMS.flatMap(({ objects }) => objects))), "");
});

test("a field that is missing, of another type or unknown is refused", { skip: NO_RENDERER }, () => {
  const [deployment] = ofKind(formOf("kustomize/base"), Deployment.is);
  assert.ok(deployment);
  const spec = (change: object): KubernetesObject =>
    Object.assign({}, deployment, { spec: { ...deployment.spec, ...change }, metadata: { name: "changed" } });
  assert.throws(() => validate(spec({ selector: undefined })), /selector/);
  assert.throws(() => validate(spec({ minReadySeconds: "10" })), /minReadySeconds/);
  assert.match(diagnostics(typedModule([spec({ minReadySecond: 10 })])), /minReadySecond"' does not exist/);
});

test("no object stands twice in one form", { skip: NO_RENDERER }, () => {
  for (const { path, objects } of FORMS) {
    const names = objects.map(({ kind, metadata }) => `${kind} ${metadata.namespace ?? ""}/${metadata.name}`);
    assert.deepEqual(names, [...new Set(names)], path);
  }
});
