import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { deployFiles, deployText, KUSTOMIZATIONS, ROOT, SERVERLESS } from "./deploy-files.ts";

const DOCUMENTS = deployFiles().filter((path) => path.endsWith(".md"));
const README = deployText("README.md");

/** The headings of a document, as links name them. */
function anchors(text: string): readonly string[] {
  return [...text.matchAll(/^#+ (.+)$/gm)].map(([, heading = ""]) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\w\s-]/g, "")
      .replaceAll(" ", "-"),
  );
}

test("every file and heading that a document points at is there", () => {
  for (const document of DOCUMENTS) {
    const text = deployText(document);
    for (const [, link = ""] of text.matchAll(/\]\(([^)]+)\)/g)) {
      if (link.startsWith("https://")) continue;
      const [file = "", anchor] = link.split("#");
      const path = join(ROOT, "deploy", file === "" ? document : join(dirname(document), file));
      assert.ok(existsSync(path), `${document}: ${link}`);
      if (anchor === undefined) continue;
      assert.ok(anchors(readFileSync(path, "utf8")).includes(anchor), `${document}: ${link}`);
    }
    for (const [path] of text.matchAll(/\bdeploy\/[\w./-]*\w/g)) {
      assert.ok(existsSync(join(ROOT, path)), `${document}: ${path}`);
    }
  }
});

test("every script that a document names is in the package", () => {
  const { scripts } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as {
    readonly scripts: Readonly<Record<string, string>>;
  };
  for (const document of DOCUMENTS) {
    for (const [, name = ""] of deployText(document).matchAll(/npm run ([\w:]+)/g)) {
      assert.ok(name in scripts, `${document}: npm run ${name}`);
    }
  }
});

test("the README tells every form, and for whom it is", () => {
  for (const path of KUSTOMIZATIONS) assert.ok(README.includes(path.replace("kustomize/", "")), path);
  for (const path of SERVERLESS) assert.ok(README.includes(path), path);
});

test("the table of replicas follows from its formula", () => {
  const text = deployText("scaling.md");
  const number = (given: string): number => Number(given.replaceAll(",", ""));
  const perCore = number(/`P` \|.*\| ([\d,]+) \|/.exec(text)?.[1] ?? "");
  const memory = number(/as fast as it can \|.*\| ([\d,]+) MiB \|/.exec(text)?.[1] ?? "");
  const rows = [...text.matchAll(/^\|([^|]+)\| ([\d,]+) \| (\d+) \| ([\d,]+) MiB \|$/gm)];
  assert.ok(perCore > 0 && memory > 0 && rows.length >= 4);
  for (const [row, use = "", pods = "", replicas = "", total = ""] of rows) {
    // Bulk planning asks once for each pod; a webhook that is invoked again, twice.
    const calls = use.includes("`PlanStream`") ? 1 : 2;
    assert.equal(number(replicas), Math.max(2, Math.ceil((2 * calls * number(pods)) / perCore) + 1), row);
    assert.equal(number(total), number(replicas) * memory, row);
  }
});
