import { X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { createSecureContext } from "node:tls";
import { SETTINGS, type Settings } from "./settings.ts";

/** What is wrong with the settings of TLS together, and with the files that they name. */
export function tlsFaults({
  certFile,
  keyFile,
  clientCaFile,
  allowedClients,
}: Pick<Settings, "certFile" | "keyFile" | "clientCaFile" | "allowedClients">): readonly string[] {
  const faults: string[] = [];
  const [cert, key, ca] = (
    [
      [SETTINGS.certFile, certFile],
      [SETTINGS.keyFile, keyFile],
      [SETTINGS.clientCaFile, clientCaFile],
    ] as const
  ).map(([{ variable }, path]) => contentOf(variable, path, faults));

  const {
    certFile: certificate,
    keyFile: itsKey,
    clientCaFile: authorities,
    allowedClients: names,
  } = SETTINGS;
  const needs = (given: string, missing: string) => faults.push(`${given} is set without ${missing}`);
  if (certFile && !keyFile) needs(certificate.variable, itsKey.variable);
  if (keyFile && !certFile) needs(itsKey.variable, certificate.variable);
  if (clientCaFile && !certFile && !keyFile) {
    needs(authorities.variable, `${certificate.variable} and ${itsKey.variable}`);
  }
  if (allowedClients.length > 0 && !clientCaFile) needs(names.variable, authorities.variable);

  if (cert && key) {
    faults.push(
      ...faultOf(`${certificate.variable} and ${itsKey.variable}`, () => createSecureContext({ cert, key })),
    );
  }
  // A secure context takes any text for authorities, and then trusts nobody.
  if (ca) faults.push(...faultOf(authorities.variable, () => new X509Certificate(ca)));
  return faults;
}

function contentOf(variable: string, path: string | undefined, faults: string[]): Buffer | undefined {
  if (path === undefined) return undefined;
  let content: Buffer | undefined;
  faults.push(
    ...faultOf(`${variable} '${path}'`, () => {
      content = readFileSync(path);
    }),
  );
  return content;
}

function faultOf(about: string, attempt: () => unknown): readonly string[] {
  try {
    attempt();
    return [];
  } catch (error) {
    return [`${about}: ${error instanceof Error ? error.message : String(error)}`];
  }
}
