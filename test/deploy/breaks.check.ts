import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { BREAKS } from "./breaks.ts";
import { ROOT } from "./deploy-files.ts";
import { NO_RENDERER } from "./forms.ts";

/** What the tests of `deploy/` read beside it and themselves. */
const BESIDE = ["node_modules", "src", "package.json", "package-lock.json", "LICENSE", "README.md", ".npmrc"];

const scratch = mkdtempSync(join(tmpdir(), "breaks-"));
after(() => rmSync(scratch, { recursive: true }));

/** Copies of the repository that nobody works in. */
const idle: string[] = [];

function makeCopy(): string {
  const copy = mkdtempSync(join(scratch, "copy-"));
  for (const folder of ["deploy", "test"])
    cpSync(join(ROOT, folder), join(copy, folder), { recursive: true });
  for (const name of BESIDE) symlinkSync(join(ROOT, name), join(copy, name));
  return copy;
}

/** Runs a file of tests. @returns the names of those that fail. */
async function failures(copy: string, file: string): Promise<readonly string[]> {
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  const args = ["--test", "--test-reporter=tap", join(copy, "test/deploy", file)];
  const child = spawn(process.execPath, args, { env, stdio: ["ignore", "pipe", "ignore"] });
  let report = "";
  for await (const text of child.stdout.setEncoding("utf8")) report += text;
  assert.match(report, /^# tests [1-9]/m, report);
  return [...report.matchAll(/^\s*not ok \d+ - (.*)$/gm)].map(([, name = ""]) => name);
}

/** Does something in a copy, which is afterwards as it was. */
async function inCopy<T>(work: (copy: string) => Promise<T>): Promise<T> {
  const copy = idle.pop() ?? makeCopy();
  try {
    return await work(copy);
  } finally {
    idle.push(copy);
  }
}

describe("a mistake in a file turns its test red", {
  skip: NO_RENDERER,
  concurrency: availableParallelism(),
}, () => {
  for (const file of new Set(BREAKS.map((each) => each.test))) {
    test(`${file} is green without any`, async () => {
      assert.deepEqual(await inCopy((copy) => failures(copy, file)), []);
    });
  }
  for (const { file, from, to, test: name, red } of BREAKS) {
    test(`${file}: ${JSON.stringify(to)}`, async () => {
      await inCopy(async (copy) => {
        const path = join(copy, "deploy", file);
        const text = readFileSync(path, "utf8");
        assert.ok(text.includes(from), "the table does not know the file any more");
        writeFileSync(path, text.replace(from, to));
        try {
          const failed = await failures(copy, name);
          assert.ok(
            failed.some((each) => each.includes(red)),
            `${name} fails: ${failed.join("; ")}`,
          );
        } finally {
          writeFileSync(path, text);
        }
      });
    });
  }
});
