import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { ROOT } from "./deploy-files.ts";

const FOLDER = join(ROOT, "dist/npm");

/** What `npm pack` tells of an archive. */
interface Archive {
  readonly unpackedSize: number;
  readonly files: readonly { readonly path: string }[];
}

/** Runs a program that must succeed. @returns what it printed. */
function output(program: string, args: readonly string[], folder = ROOT): string {
  const { status, stdout, stderr } = spawnSync(program, args, { cwd: folder, encoding: "utf8" });
  assert.equal(status, 0, stderr);
  return stdout;
}

output(process.execPath, ["deploy/npm/build.ts"]);
const [ARCHIVE] = JSON.parse(output("npm", ["pack", "--dry-run", "--json"], FOLDER)) as readonly Archive[];
assert.ok(ARCHIVE !== undefined);
const { files, unpackedSize } = ARCHIVE;

test("the archive has built code, declarations and papers, and nothing else", () => {
  const strange = files
    .map(({ path }) => path)
    .filter(
      (path) =>
        !/^lib\/[\w/-]+\.js$|^types\/[\w/-]+\.d\.ts$|^(?:LICENSE|README\.md|package\.json)$/.test(path),
    );
  assert.deepEqual(strange, []);
  for (const path of ["lib/index.js", "lib/main.js", "types/client/grpc-js.d.ts", "LICENSE"]) {
    assert.ok(
      files.some((file) => file.path === path),
      path,
    );
  }
  assert.ok(unpackedSize < 1_200_000, `${unpackedSize} bytes: what has come in?`);
});

test("no file of it names a folder of this machine, or imports what is not declared", () => {
  const { dependencies } = JSON.parse(readFileSync(join(FOLDER, "package.json"), "utf8")) as {
    readonly dependencies: Readonly<Record<string, string>>;
  };
  for (const { path } of files.filter((file) => file.path.startsWith("lib/"))) {
    const code = readFileSync(join(FOLDER, path), "utf8");
    assert.ok(!code.includes(ROOT), path);
    for (const [, target = ""] of code.matchAll(/^(?:import|export)\b[^;]*?\bfrom "([^"./][^"]*)"/gm)) {
      const name = target.split("/", target.startsWith("@") ? 2 : 1).join("/");
      assert.ok(name.startsWith("node:") || name in dependencies, `${path} imports ${target}`);
    }
  }
});

test("the engine and the contract in it import no module of Node, and so run in a browser", () => {
  const seen = new Set<string>();
  const visit = (path: string): void => {
    if (seen.has(path)) return;
    seen.add(path);
    const code = readFileSync(join(FOLDER, "lib", path), "utf8");
    assert.doesNotMatch(code, /\bfrom "(?:node:|@grpc\/)/, path);
    for (const [, target = ""] of code.matchAll(/\bfrom "(\.[^"]+)"/g)) visit(join(dirname(path), target));
  };
  visit("index.js");
  visit("client/index.js");
  assert.ok(seen.size > 2);
});

test("the program in it is the command", () => {
  const manifest = JSON.parse(readFileSync(join(FOLDER, "package.json"), "utf8")) as {
    readonly version: string;
    readonly bin: Readonly<Record<string, string>>;
    readonly private?: boolean;
  };
  assert.equal(manifest.private, undefined);
  const program = join(FOLDER, manifest.bin["redirect-planner"] ?? "");
  assert.equal(output(process.execPath, [program, "--version"]).trim(), manifest.version);
  const plan = ["plan", "--set", "osm.outboundPortExclusionList={6379}"];
  assert.equal(
    output(process.execPath, [program, ...plan]),
    output(process.execPath, [join(ROOT, "src/main.ts"), ...plan]),
  );
});
