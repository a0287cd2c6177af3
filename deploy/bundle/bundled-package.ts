import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** A package of which the bundle holds code. */
export interface BundledPackage {
  readonly name: string;
  readonly version: string;
  /** An SPDX expression. */
  readonly license: string;
  /** Where it is installed, from the top of the repository; the key of its entry in the lock file. */
  readonly folder: string;
}

/**
 * The packages that files of a bundle come from, by name and version.
 *
 * What the bundler read is the truth: a list of dependencies also has what was shaken out, and lacks none by mistake.
 */
export function bundledPackages(inputs: readonly string[]): readonly BundledPackage[] {
  const folders = new Set(inputs.flatMap((input) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(input) ?? []));
  return [...folders]
    .map(readPackage)
    .sort((a, b) => (`${a.name}@${a.version}` < `${b.name}@${b.version}` ? -1 : 1));
}

function readPackage(folder: string): BundledPackage {
  const { name, version, license } = JSON.parse(
    readFileSync(join(folder, "package.json"), "utf8"),
  ) as Partial<BundledPackage>;
  if (name === undefined || version === undefined || license === undefined) {
    throw new Error(`${folder}/package.json lacks a name, a version or a license`);
  }
  return { name, version, license, folder };
}

/** The file with a package's licence; undefined when it ships none. */
export function licenceFile({ folder }: BundledPackage): string | undefined {
  return ["LICENSE", "LICENSE.md", "LICENSE.txt", "LICENCE", "license", "License"]
    .map((name) => join(folder, name))
    .find((path) => existsSync(path));
}

/** The top of the repository, where the bundler works. */
export const ROOT = dirname(dirname(import.meta.dirname));
