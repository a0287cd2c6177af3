import {
  chmodSync,
  chownSync,
  mkdirSync,
  readFileSync,
  renameSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { Certificate } from "@kubernetes-models/cert-manager/cert-manager.io/v1/Certificate";
import { type Authority, createAuthority } from "../../transport/certificates.ts";
import { formOf, ofKind } from "../forms.ts";
import type { Pod } from "../pods.ts";

/** The DNS names of a certificate of the manifests. */
export function namesOf(certificate: string): readonly [string, ...string[]] {
  const all = ofKind(formOf("kustomize/overlays/mutual-tls"), Certificate.is);
  const [first, ...others] = all.find(({ metadata }) => metadata?.name === certificate)?.spec?.dnsNames ?? [];
  if (first === undefined) throw new Error(`no certificate ${certificate}`);
  return [first, ...others];
}

/** The Secret of the server's certificate, as a kubelet mounts it and cert-manager renews it. */
export interface ServerSecret {
  /** What stands for the volume. */
  readonly path: string;
  readonly authority: Authority;
  /** The authority's own certificate. */
  readonly ca: Buffer;
  /** Puts another certificate of the same authority in its place. */
  readonly renew: () => void;
}

/** Makes an authority and the Secret. */
export function makeServerSecret({ spec }: Pod, folder: string): ServerSecret {
  const path = join(folder, "secret");
  mkdirSync(path);
  const group = spec.securityContext?.fsGroup ?? 0;
  const authority = createAuthority(folder);
  const ca = readFileSync(authority.file);
  const dnsNames = namesOf("redirect-planner-server");
  const names = dnsNames.map((name, i) => `DNS.${i + 1}=${name}`);
  let revision = 0;
  // A kubelet writes a new folder, and turns the link to it in one step: nobody sees half of a change.
  const renew = (): void => {
    revision += 1;
    const { cert, key } = authority.issue(dnsNames[0], { names });
    const written = join(path, `..${revision}`);
    mkdirSync(written);
    const contents = { "tls.crt": cert, "tls.key": key, "ca.crt": ca };
    for (const [name, content] of Object.entries(contents)) {
      const file = join(written, name);
      writeFileSync(file, content);
      chownSync(file, 0, group);
      chmodSync(file, modeOf(spec));
    }
    symlinkSync(`..${revision}`, join(path, "..next"));
    renameSync(join(path, "..next"), join(path, "..data"));
  };
  renew();
  for (const name of ["tls.crt", "tls.key", "ca.crt"]) symlinkSync(join("..data", name), join(path, name));
  return { path, authority, ca, renew };
}

function modeOf({ volumes }: Pod["spec"]): number {
  const secret = volumes?.find((volume) => volume.secret !== undefined)?.secret;
  return secret?.defaultMode ?? 0o644;
}
