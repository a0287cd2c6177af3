import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { ROOT } from "./deploy-files.ts";

const DIST = join(ROOT, "dist");

/** Licences under which code may be handed on inside a product of another licence, with their texts. */
const PERMISSIVE = [
  "(Apache-2.0 AND BSD-3-Clause)",
  "Apache-2.0",
  "BlueOak-1.0.0",
  "BSD-3-Clause",
  "ISC",
  "MIT",
];

interface Component {
  readonly name: string;
  readonly version: string;
  readonly licenses: readonly { readonly expression: string }[];
  readonly hashes: readonly { readonly alg: string; readonly content: string }[];
}

/** Builds the bundle. @returns the components of its bill of materials. */
function build(): readonly Component[] {
  const { status, stderr } = spawnSync(process.execPath, [join(ROOT, "deploy/bundle/build.ts")], {
    encoding: "utf8",
  });
  assert.equal(status, 0, stderr);
  const bill = JSON.parse(readFileSync(join(DIST, "redirect-planner.cdx.json"), "utf8")) as {
    readonly components: readonly Component[];
  };
  return bill.components;
}

const COMPONENTS = build();

test("the bundle plans as the sources do, with nothing beside it", () => {
  const pod = JSON.stringify({
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "web" },
    spec: { containers: [] },
  });
  const plan = (program: string): string => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [program, "plan", "-f", "-"], {
      cwd: "/",
      input: pod,
      encoding: "utf8",
    });
    assert.equal(status, 0, stderr);
    return stdout;
  };
  assert.equal(plan(join(DIST, "redirect-planner.mjs")), plan(join(ROOT, "src/main.ts")));
  assert.ok(statSync(join(DIST, "redirect-planner.mjs")).size < 1_500_000, "what has come in?");
});

test("the bill of materials names what is in the bundle, with versions, licences and hashes", () => {
  const { dependencies } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as {
    readonly dependencies: Readonly<Record<string, string>>;
  };
  const names = COMPONENTS.map(({ name }) => name);
  for (const name of ["@bufbuild/protobuf", "@connectrpc/connect", "@grpc/grpc-js", "pino"]) {
    assert.ok(names.includes(name), name);
  }
  for (const { name, version, licenses, hashes } of COMPONENTS) {
    if (name in dependencies) assert.equal(version, dependencies[name], name);
    assert.ok(PERMISSIVE.includes(licenses[0]?.expression ?? ""), `${name}: ${licenses[0]?.expression}`);
    assert.match(hashes[0]?.content ?? "", /^[0-9a-f]{128}$/, name);
  }
});

test("the licences of all of them come with the bundle", () => {
  const text = readFileSync(join(DIST, "THIRD-PARTY-LICENSES"), "utf8");
  for (const { name, version } of COMPONENTS) assert.ok(text.includes(`${name} ${version}\n`), name);
});

test("the same sources give the same files", () => {
  const files = ["redirect-planner.mjs", "redirect-planner.cdx.json", "THIRD-PARTY-LICENSES"];
  const read = () => files.map((file) => readFileSync(join(DIST, file), "utf8"));
  const first = read();
  build();
  assert.deepEqual(read(), first);
});
