import assert from "node:assert/strict";
import { globSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { build } from "esbuild";
import manifest from "../../package.json" with { type: "json" };
import { whereIs } from "../kernel/scripts/requirements.ts";
import { testServer } from "../transport/test-server.ts";
import { run, succeed } from "./process.ts";

const ROOT = join(import.meta.dirname, "../..");
const TSC = join(ROOT, "node_modules/.bin/tsc");
const server = testServer();
const folder = mkdtempSync(join(tmpdir(), "npm-package-"));
after(() => rmSync(folder, { recursive: true }));

const INPUT = "{ meshConfig: { spec: { traffic: { outboundPortExclusionList: [6379] } } } }";

const consumer = `
import { credentials } from "@grpc/grpc-js";
import { createClient } from "@connectrpc/connect";
import { createGrpcTransport } from "@connectrpc/connect-node";
import { type PlanOutcome, planPod as plan } from "redirect-planner";
import { type PlanResponse, RedirectPlanner } from "redirect-planner/client";
import { createPlannerClient } from "redirect-planner/client/grpc-js";

const input = ${INPUT};
const outcome: PlanOutcome = plan(input);
if (outcome.kind !== "planned") throw new Error("refused");
const address = process.argv[2] ?? "";
const connect = createClient(RedirectPlanner, createGrpcTransport({ baseUrl: "http://" + address }));
const grpc = createPlannerClient(address, credentials.createInsecure());
const answers: readonly PlanResponse[] = [await connect.plan(input), await grpc.plan(input)];
grpc.close();
console.log(JSON.stringify([outcome.plan.script, ...answers.map(({ script }) => script)]));

// @ts-expect-error a pod is no number
plan({ pod: 1 });
// @ts-expect-error a request has no such field
void (() => grpc.plan({ pods: [] }));
`;

describe("the npm package, installed from its archive", () => {
  /** What the command prints for the input. */
  let script: string;

  before(async () => {
    const command = [
      process.execPath,
      "src/main.ts",
      "plan",
      "--set",
      "osm.outboundPortExclusionList={6379}",
    ] as const;
    ({ stdout: script } = await run({ line: command, folder: ROOT }));
    assert.match(script, /6379/);
    await succeed({ line: [process.execPath, "deploy/npm/build.ts"], folder: ROOT });
    await succeed({
      line: ["npm", "pack", "--silent", "--pack-destination", folder],
      folder: join(ROOT, "dist/npm"),
    });
    const [archive = ""] = globSync(join(folder, "*.tgz"));
    writeFileSync(join(folder, "package.json"), '{"type":"module"}');
    writeFileSync(join(folder, "consumer.ts"), consumer);
    const types = `@types/node@${manifest.devDependencies["@types/node"]}`;
    await succeed({ line: ["npm", "install", "--silent", archive, types], folder });
  });

  for (const resolution of [
    ["--module", "nodenext"],
    ["--module", "node16"],
    ["--module", "esnext", "--moduleResolution", "bundler"],
  ]) {
    test(`has types under ${resolution.join(" ")}`, async () => {
      const options = ["--strict", "--exactOptionalPropertyTypes", "--target", "es2024", "--types", "node"];
      await succeed({ line: [TSC, ...options, ...resolution, "consumer.ts"], folder });
    });
  }

  test("plans by itself, and over both clients", async () => {
    await succeed({
      line: [TSC, "--module", "nodenext", "--target", "es2024", "--types", "node", "consumer.ts"],
      folder,
    });
    const { stdout, stderr } = await run({
      line: [process.execPath, "consumer.js", `127.0.0.1:${server.port}`],
      folder,
    });
    assert.deepEqual(JSON.parse(stdout), [script, script, script], stderr);
  });

  test("brings the command", async () => {
    const { stdout } = await run({ line: ["npx", "--no-install", "redirect-planner", "--version"], folder });
    assert.equal(stdout.trim(), manifest.version);
  });

  const chromium = whereIs("chromium");
  test("plans in a browser", { skip: chromium === undefined && "needs chromium" }, async () => {
    assert.ok(chromium !== undefined);
    const code = `import { planPod as plan } from "redirect-planner"; document.body.textContent = plan(${INPUT}).plan.script;`;
    await build({
      stdin: { contents: code, resolveDir: folder },
      outfile: join(folder, "page.js"),
      bundle: true,
      platform: "browser",
    });
    writeFileSync(join(folder, "page.html"), '<!doctype html><body><script src="page.js"></script></body>');
    const headless = [
      "--headless",
      "--no-sandbox",
      "--disable-gpu",
      `--user-data-dir=${join(folder, "profile")}`,
    ];
    const { stdout, stderr } = await run({
      line: [chromium, ...headless, "--dump-dom", `file://${join(folder, "page.html")}`],
      folder,
    });
    assert.ok(stdout.includes(script.replaceAll("&", "&amp;")), stdout + stderr);
  });
});
