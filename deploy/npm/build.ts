/**
 * Makes `dist/npm`: the package as it is published. Node runs no TypeScript inside `node_modules`, so it is JavaScript
 * and declarations there; the packages that it uses stay outside.
 */
import { spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { build } from "esbuild";
import manifest from "../../package.json" with { type: "json" };

const ROOT = dirname(dirname(import.meta.dirname));
const FOLDER = join(ROOT, "dist", "npm");

/** Entry points by the names under which they are imported. */
const ENTRIES = {
  ".": "index",
  "./client": "client/index",
  "./client/grpc-js": "client/grpc-js",
} as const;
const PROGRAM = "main";

rmSync(FOLDER, { recursive: true, force: true });
mkdirSync(FOLDER, { recursive: true });

await build({
  absWorkingDir: ROOT,
  entryPoints: [...Object.values(ENTRIES), PROGRAM].map((name) => ({ in: `src/${name}.ts`, out: name })),
  outdir: join(FOLDER, "lib"),
  bundle: true,
  // What two entry points share is there once, and what a command needs is loaded when it is asked for.
  splitting: true,
  chunkNames: "chunks/[hash]",
  packages: "external",
  platform: "neutral",
  target: "es2024",
  format: "esm",
  logLevel: "warning",
});

const tsc = join(ROOT, "node_modules/.bin/tsc");
const { status, error } = spawnSync(tsc, ["--project", join(import.meta.dirname, "tsconfig.json")], {
  stdio: "inherit",
});
if (status !== 0) throw new Error(`tsc: ${error?.message ?? `exit code ${status}`}`);

const { name, version, description, license, engines, dependencies } = manifest;
const published = {
  name,
  version,
  description,
  license,
  type: "module",
  sideEffects: [`./lib/${PROGRAM}.js`],
  exports: {
    ...Object.fromEntries(
      Object.entries(ENTRIES).map(([path, entry]) => [
        path,
        { types: `./types/${entry}.d.ts`, default: `./lib/${entry}.js` },
      ]),
    ),
    "./package.json": "./package.json",
  },
  bin: { [name]: `./lib/${PROGRAM}.js` },
  files: ["lib", "types"],
  engines,
  dependencies,
};
writeFileSync(join(FOLDER, "package.json"), `${JSON.stringify(published, null, 2)}\n`);
copyFileSync(join(ROOT, "LICENSE"), join(FOLDER, "LICENSE"));
copyFileSync(join(import.meta.dirname, "README.md"), join(FOLDER, "README.md"));
