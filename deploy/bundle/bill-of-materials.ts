import type { BundledPackage } from "./bundled-package.ts";

/** The part of a lock file that is used here. */
export interface LockFile {
  readonly name: string;
  readonly version: string;
  /** By folder: the hash of the archive that the registry served, as `ALGORITHM-BASE64`. */
  readonly packages: Readonly<Record<string, { readonly integrity?: string }>>;
}

/**
 * A bill of materials in CycloneDX 1.6. Without the time and the serial number that the format allows, so that the same
 * sources give the same bytes.
 */
export function billOfMaterials(lock: LockFile, packages: readonly BundledPackage[]): object {
  const root = reference(lock.name, lock.version);
  return {
    $schema: "http://cyclonedx.org/schema/bom-1.6.schema.json",
    bomFormat: "CycloneDX",
    specVersion: "1.6",
    version: 1,
    metadata: {
      component: { "bom-ref": root, type: "application", name: lock.name, version: lock.version, purl: root },
    },
    components: packages.map(({ name, version, license, folder }) => {
      const purl = reference(name, version);
      const integrity = lock.packages[folder]?.integrity;
      if (integrity === undefined) throw new Error(`the lock file has no hash of ${folder}`);
      return {
        "bom-ref": purl,
        type: "library",
        name,
        version,
        purl,
        licenses: [{ expression: license }],
        hashes: [hash(integrity)],
      };
    }),
    dependencies: [{ ref: root, dependsOn: packages.map(({ name, version }) => reference(name, version)) }],
  };
}

/** A package URL, in which the `@` of a scope is escaped. */
function reference(name: string, version: string): string {
  return `pkg:npm/${name.replace("@", "%40")}@${version}`;
}

function hash(integrity: string): { readonly alg: string; readonly content: string } {
  const [algorithm = "", content = ""] = integrity.split(/-(.*)/s);
  return {
    alg: algorithm.toUpperCase().replace("SHA", "SHA-"),
    content: Buffer.from(content, "base64").toString("hex"),
  };
}
