import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, renameSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** A certificate authority of a test. */
export interface Authority {
  /** Its certificate, in PEM. */
  readonly certificate: string;
  /** Signs a certificate for the names (`DNS:…`, `IP:…`). @returns the files of a Secret of type kubernetes.io/tls. */
  readonly issue: (names: readonly string[]) => Readonly<Record<string, string>>;
}

/** A folder that a Secret is mounted on. */
export interface SecretMount {
  readonly folder: string;
  /** Swaps all files at once, as the kubelet does: by a link to the folder with the new ones. */
  readonly put: (files: Readonly<Record<string, string>>) => void;
}

const KEY = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"];

export function createAuthority(name: string, scratch: string): Authority {
  const folder = mkdtempSync(join(scratch, "authority-"));
  const openssl = (...args: readonly string[]): void => {
    execFileSync("openssl", ["req", "-x509", ...KEY, ...args], { cwd: folder, stdio: "pipe" });
  };
  const read = (file: string): string => readFileSync(join(folder, file), "utf8");
  openssl("-subj", `/CN=${name}`, "-keyout", "ca.key", "-out", "ca.crt");
  return {
    certificate: read("ca.crt"),
    issue(names) {
      const subject = ["-subj", "/CN=mesh", "-addext", `subjectAltName=${names.join(",")}`];
      const extensions = ["-addext", "basicConstraints=critical,CA:FALSE"];
      const signer = ["-CA", "ca.crt", "-CAkey", "ca.key"];
      openssl(...subject, ...extensions, ...signer, "-keyout", "tls.key", "-out", "tls.crt");
      return { "ca.crt": read("ca.crt"), "tls.crt": read("tls.crt"), "tls.key": read("tls.key") };
    },
  };
}

export function createSecretMount(files: Readonly<Record<string, string>>, scratch: string): SecretMount {
  const folder = mkdtempSync(join(scratch, "secret-"));
  const put: SecretMount["put"] = (next) => {
    const version = mkdtempSync(join(folder, "..version-"));
    for (const [name, content] of Object.entries(next)) writeFileSync(join(version, name), content);
    symlinkSync(version, join(folder, "..data-next"));
    renameSync(join(folder, "..data-next"), join(folder, "..data"));
  };
  put(files);
  for (const name of Object.keys(files)) symlinkSync(join("..data", name), join(folder, name));
  return { folder, put };
}
