import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { build, type Plugin } from "esbuild";
import { billOfMaterials, type LockFile } from "./bill-of-materials.ts";
import { bundledPackages, licenceFile, ROOT } from "./bundled-package.ts";

// Makes dist/: the planner with all of its packages in one file, the bill of their materials, and their licences.

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

const { metafile } = await build({
  entryPoints: ["src/main.ts"],
  outfile: "dist/redirect-planner.mjs",
  bundle: true,
  minify: true,
  platform: "node",
  target: "node24",
  format: "esm",
  legalComments: "none",
  metafile: true,
  logLevel: "warning",
  plugins: [nodeModules],
  // Packages in the older module format ask for Node's own modules with `require`, which a module does not have.
  banner: { js: 'import{createRequire}from"node:module";const require=createRequire(import.meta.url);' },
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
