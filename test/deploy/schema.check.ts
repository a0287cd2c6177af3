import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { stringify } from "yaml";
import { FORMS, type KubernetesObject } from "./forms.ts";
import { lackingProgram, run } from "./programs.ts";

/** The oldest release that has all that the manifests use, and the newest that the program knows. */
const RELEASES = ["1.30", "1.37"];

/** A group of the Kubernetes API itself: without a dot, or under k8s.io. Others come with operators. */
function isBuiltIn({ apiVersion }: KubernetesObject): boolean {
  const [group = "", version] = apiVersion.split("/");
  return version === undefined || !group.includes(".") || group.endsWith(".k8s.io");
}

for (const release of RELEASES) {
  test(`Kubernetes ${release} knows every field of every object`, {
    skip: lackingProgram("kubernetes-validate"),
  }, (t) => {
    const folder = mkdtempSync(join(tmpdir(), "manifests-"));
    try {
      const files = FORMS.map(({ path, objects }) => {
        const file = join(folder, `${path.replaceAll("/", "-")}.yaml`);
        writeFileSync(
          file,
          objects
            .filter(isBuiltIn)
            .map((object) => stringify(object))
            .join("---\n"),
        );
        return file;
      });
      const args = ["--strict", "--kubernetes-version", release, ...files];
      const { status, stdout, stderr } = run("kubernetes-validate", args);
      const report = stdout + stderr;
      assert.equal(status, 0, report);
      assert.doesNotMatch(report, /^(?:WARN|ERROR)/m);
      const passed = report.match(/passed for resource/g)?.length ?? 0;
      assert.equal(passed, FORMS.flatMap(({ objects }) => objects).filter(isBuiltIn).length);
      t.diagnostic(`${passed} objects`);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
}
