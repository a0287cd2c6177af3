import assert from "node:assert/strict";
import { type SpawnSyncOptions, spawnSync } from "node:child_process";
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { Script } from "node:vm";
import { cacheName, hashOf, readProgram } from "../../deploy/bundle/program.ts";
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
  runNode([join(ROOT, "deploy/bundle/build.ts")]);
  const bill = JSON.parse(readFileSync(join(DIST, "redirect-planner.cdx.json"), "utf8")) as {
    readonly components: readonly Component[];
  };
  return bill.components;
}

/** Runs a program to its end, which is to be a good one. @returns what it printed. */
function runNode(argv: readonly string[], options: SpawnSyncOptions = {}): string {
  const { status, stdout, stderr } = spawnSync(process.execPath, argv, { ...options, encoding: "utf8" });
  assert.equal(status, 0, stderr);
  return stdout;
}

/** What a program plans for a pod. */
function plan(program: string, ...flags: readonly string[]): string {
  const pod = { apiVersion: "v1", kind: "Pod", metadata: { name: "web" }, spec: { containers: [] } };
  return runNode([...flags, program, "plan", "-f", "-"], { cwd: "/", input: JSON.stringify(pod) });
}

const COMPONENTS = build();
const SCRIPT = plan(join(ROOT, "src/main.ts"));

const temporary = mkdtempSync(join(tmpdir(), "redirect-planner-bundle-"));
after(() => rmSync(temporary, { recursive: true }));

/** A copy of the bundle as it is built, without what V8 made of it. */
function copyOfBundle(name: string): string {
  const folder = join(temporary, name);
  mkdirSync(folder);
  for (const file of ["redirect-planner.cjs", "redirect-planner.js"]) {
    copyFileSync(join(DIST, file), join(folder, file));
  }
  return folder;
}

/** As {@link copyOfBundle}, with what V8 made of it. */
function copyWithCache(name: string): { readonly folder: string; readonly cache: string } {
  const folder = copyOfBundle(name);
  runNode([join(ROOT, "deploy/bundle/cache.ts"), folder]);
  return { folder, cache: join(folder, cacheName(hashOf(readProgram(folder)))) };
}

test("the bundle plans as the sources do, with nothing beside it", () => {
  const folder = copyOfBundle("bare");
  assert.equal(plan(join(folder, "redirect-planner.cjs")), SCRIPT);
  assert.ok(statSync(join(folder, "redirect-planner.js")).size < 1_500_000, "what has come in?");
});

/** Whether V8 takes what it has made of a program. A process asks once: it keeps what it has compiled. */
function isTaken(program: string, cache: string): boolean {
  const rejected = `new vm.Script(fs.readFileSync(${JSON.stringify(program)}, "latin1"), {
    cachedData: fs.readFileSync(${JSON.stringify(cache)}),
  }).cachedDataRejected`;
  return runNode(["-p", rejected]).trim() === "false";
}

test("V8 takes what it made of the program, though the server set flags when it was made", () => {
  const { folder, cache } = copyWithCache("cached");
  assert.equal(isTaken(join(folder, "redirect-planner.js"), cache), true);
  assert.equal(plan(join(folder, "redirect-planner.cjs")), SCRIPT);
});

test("what V8 made under other flags, or of another program, or what is cut off, does no harm", () => {
  const { folder, cache } = copyWithCache("stale");
  const program = join(folder, "redirect-planner.cjs");
  assert.equal(plan(program, "--no-opt"), SCRIPT);
  const made = readFileSync(cache);
  for (const other of [
    made.subarray(0, made.length / 2),
    Buffer.from(""),
    new Script("0").createCachedData(),
  ]) {
    writeFileSync(cache, other);
    assert.equal(isTaken(join(folder, "redirect-planner.js"), cache), false);
    assert.equal(plan(program), SCRIPT);
  }
});

test("what V8 made of a program is not offered to another one of the same length, which would take it", () => {
  const { folder, cache } = copyWithCache("changed");
  const text = readProgram(folder);
  const changed = text.replace("PROXY_INBOUND", "PROXY_INWARDS");
  writeFileSync(join(folder, "redirect-planner.js"), changed);
  assert.equal(isTaken(join(folder, "redirect-planner.js"), cache), true);
  assert.notEqual(cacheName(hashOf(changed)), cacheName(hashOf(text)));
  assert.ok(readFileSync(join(folder, "redirect-planner.cjs"), "utf8").includes(hashOf(text)));
});

test("a build leaves nothing of what V8 made of an earlier one", () => {
  writeFileSync(join(DIST, cacheName("0123456789abcdef")), "");
  build();
  assert.deepEqual(
    readdirSync(DIST).filter((name) => name.endsWith(".cache")),
    [],
  );
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
  const files = [
    "redirect-planner.cjs",
    "redirect-planner.js",
    "redirect-planner.cdx.json",
    "THIRD-PARTY-LICENSES",
  ];
  const read = () => files.map((file) => readFileSync(join(DIST, file), "utf8"));
  const first = read();
  build();
  assert.deepEqual(read(), first);
});
