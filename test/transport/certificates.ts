import { execFileSync, spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** A certificate and its key: contents, and files. */
export interface Issued {
  readonly cert: Buffer;
  readonly key: Buffer;
  readonly files: { readonly certFile: string; readonly keyFile: string };
}

/** A certificate authority. */
export interface Authority {
  /** PEM file of its own certificate. */
  readonly file: string;
  readonly issue: (name: string, options?: IssueOptions) => Issued;
}

/** What differs from a certificate for a day, for the name alone. */
export interface IssueOptions {
  /** Negative for one that has expired. */
  readonly days?: number;
  /** Lines of a subjectAltName section of openssl. */
  readonly names?: readonly string[];
}

/** Why tests that need certificates are skipped; false when they are not. */
export const WITHOUT_OPENSSL =
  spawnSync("openssl", ["version"]).status === 0 ? false : "openssl is not installed";

const KEY = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];

/** Makes an authority by the system's openssl, in a directory that takes its files. */
export function createAuthority(directory: string, name = "authority"): Authority {
  const path = (file: string): string => join(directory, file);
  const openssl = (...args: string[]) => execFileSync("openssl", args, { stdio: "ignore", timeout: 30_000 });
  const [caKey, caFile] = [path(`${name}.key`), path(`${name}.crt`)];
  openssl("req", "-x509", ...KEY, "-keyout", caKey, "-out", caFile, "-subj", `/CN=${name}`);
  let serial = 0;
  return {
    file: caFile,
    issue(subject, { days = 1, names = [`DNS.1=${subject}`] } = {}) {
      const base = path(`${name}-${subject}-${serial++}`);
      const [keyFile, request, extensions, certFile] = [".key", ".csr", ".ext", ".crt"].map(
        (suffix) => base + suffix,
      ) as [string, string, string, string];
      writeFileSync(extensions, `subjectAltName=@names\n[names]\n${names.join("\n")}\n`);
      openssl("req", ...KEY, "-keyout", keyFile, "-out", request, "-subj", `/CN=${subject}`);
      openssl(
        ...["x509", "-req", "-in", request, "-out", certFile, "-days", String(days), "-extfile", extensions],
        ...["-CA", caFile, "-CAkey", caKey, "-CAcreateserial"],
      );
      return { cert: readFileSync(certFile), key: readFileSync(keyFile), files: { certFile, keyFile } };
    },
  };
}
