import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type BuildOptions, build, type Plugin } from "esbuild";
import { billOfMaterials, type LockFile } from "./bill-of-materials.ts";
import { bundledPackages, licenceFile, ROOT } from "./bundled-package.ts";
import { hashOf, PROGRAM, readProgram } from "./program.ts";

// Makes dist/: the planner with all of its packages in one file, what starts it, the bill of their materials, and their
// licences. What V8 makes of the program is for `cache.ts` to keep.

process.chdir(ROOT);

/**
 * Takes Node's own modules as they are. An import would read each of their exports to offer it by its name, and so load
 * what the server has no use for: `node:http` has a WebSocket, and with it a whole HTTP client.
 */
const nodeModules: Plugin = {
  name: "node-modules",
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^node:/ }, ({ path }) => ({ path, namespace: "node" }));
    onLoad({ filter: /.*/, namespace: "node" }, ({ path }) => ({
      contents: `module.exports = process.getBuiltinModule("${path}");`,
    }));
  },
};

const OPTIONS = {
  bundle: true,
  minify: true,
  platform: "node",
  target: "node24",
  // A script, of which V8 can keep more than of a module: the functions that were run.
  format: "cjs",
  legalComments: "none",
  logLevel: "warning",
} satisfies BuildOptions;

const { metafile } = await build({
  ...OPTIONS,
  entryPoints: ["src/main.ts"],
  outfile: join("dist", PROGRAM),
  charset: "ascii",
  metafile: true,
  plugins: [nodeModules],
  banner: { js: "(function(require){" },
  footer: { js: "})" },
});

for (const name of readdirSync("dist")) if (name.endsWith(".cache")) rmSync(join("dist", name));
await build({
  ...OPTIONS,
  entryPoints: ["deploy/bundle/start.ts"],
  outfile: "dist/redirect-planner.cjs",
  define: { PROGRAM_HASH: JSON.stringify(hashOf(readProgram("dist"))) },
});

const lock = JSON.parse(readFileSync("package-lock.json", "utf8")) as LockFile;
const packages = bundledPackages(Object.keys(metafile.inputs));
const bill = billOfMaterials(lock, packages);
writeFileSync(join("dist", "redirect-planner.cdx.json"), `${JSON.stringify(bill, null, 2)}\n`);

const licences = packages.map((bundled) => {
  const file = licenceFile(bundled);
  const text = file === undefined ? `Licence: ${bundled.license}` : readFileSync(file, "utf8").trim();
  return `${bundled.name} ${bundled.version}\n\n${text}\n`;
});
writeFileSync(join("dist", "THIRD-PARTY-LICENSES"), licences.join(`\n${"=".repeat(80)}\n\n`));
