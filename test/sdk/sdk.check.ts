import assert from "node:assert/strict";
import { globSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { LANGUAGES } from "../../deploy/sdk/languages.ts";
import { planPod } from "../../src/index.ts";
import { lackingProgram } from "../deploy/programs.ts";
import { testServer } from "../transport/test-server.ts";
import { BUILDS } from "./consumers.ts";
import { type Program, run, succeed } from "./process.ts";

const ROOT = join(import.meta.dirname, "../..");
const server = testServer();
const scratch = mkdtempSync(join(tmpdir(), "sdk-"));
after(() => rmSync(scratch, { recursive: true }));

/** As kubectl prints it: with fields that the contract does not name. */
const kubectl = { metadata: { annotations: {}, managedFields: [{ manager: "kubectl" }] } };

const PAGE = { ...kubectl, spec: { traffic: { outboundIPRangeExclusionList: ["54.91.118.50/32"] } } };
const BAD_CONFIG = { ...kubectl, spec: { traffic: { outboundPortExclusionList: [6379, 70000] } } };
const BAD_POD = {
  ...kubectl,
  spec: { hostNetwork: true, containers: [{ name: "app", resources: {} }] },
};

for (const [name, language] of Object.entries(LANGUAGES)) {
  const skip = language.programs.map(lackingProgram).find((reason) => reason !== false) ?? false;

  describe(`the SDK for ${name}`, { skip }, () => {
    let program: Program;

    before(async () => {
      const line = [process.execPath, "deploy/sdk/main.ts", "--out", scratch, name] as const;
      await succeed({ line, folder: ROOT });
      const example = readFileSync(join(ROOT, "deploy/sdk", name, language.example), "utf8");
      const build = BUILDS[name];
      assert.ok(build !== undefined, "no test knows how to build on it");
      program = await build({
        sdk: join(scratch, name),
        folder: join(scratch, `${name}-consumer`),
        example: example.replaceAll("localhost:9000", `127.0.0.1:${server.port}`),
      });
    });

    test("plans what OSM's own page shows", async () => {
      const { code, stdout, stderr } = await run(program, JSON.stringify({ meshConfig: PAGE, pod: kubectl }));
      assert.equal(code, 0, stderr);
      assert.equal(stdout.trimEnd(), readFileSync(join(ROOT, "test/cli/golden/seed-args.txt"), "utf8"));
    });

    test("tells the code, the reason and every field violation of a refusal", async () => {
      const refused = { meshConfig: BAD_CONFIG, pod: BAD_POD };
      const outcome = planPod(refused);
      assert.equal(outcome.kind, "refused");
      const violations = outcome.findings
        .filter(({ severity }) => severity === "error")
        .map(({ code, field, message }) => `${code} ${field} ${message}`);
      assert.ok(violations.length >= 2);

      const { code, stdout } = await run(program, JSON.stringify(refused));
      assert.equal(code, 1);
      const [status = "", ...details] = stdout.trimEnd().split("\n");
      assert.equal(status.replaceAll("_", "").toUpperCase(), "INVALIDARGUMENT");
      assert.deepEqual(details, [...violations, outcome.findings[0]?.code]);
    });

    test("has messages of google.rpc only where no other package has them", () => {
      const copies = globSync("**/google/rpc/*", { cwd: join(scratch, name) });
      assert.equal(copies.length > 0, name === "typescript");
    });

    test("names its version and its licence, and has no template left unfilled", () => {
      const readme = readFileSync(join(scratch, name, "README.md"), "utf8");
      assert.doesNotMatch(readme, /\{\{/);
      assert.match(readFileSync(join(scratch, name, "LICENSE"), "utf8"), /Apache License/);
    });
  });
}
