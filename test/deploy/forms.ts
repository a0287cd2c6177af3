import { join } from "node:path";
import { parseAllDocuments } from "yaml";
import { DEPLOY, deployText, KUSTOMIZATIONS, SERVERLESS } from "./deploy-files.ts";
import { run } from "./programs.ts";

/** An object of the Kubernetes API, as far as every kind has it. */
export interface KubernetesObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
  };
}

/** One way to deploy the planner, and the objects that it puts into a cluster. */
export interface Form {
  /** Its folder or file under `deploy/`. */
  readonly path: string;
  readonly objects: readonly KubernetesObject[];
}

/** What renders a kustomization: whichever of the two this machine has. */
const RENDERER = [
  ["kubectl", "kustomize"],
  ["kustomize", "build"],
].find(([program = "", ...args]) => run(program, [...args, "--help"]).error === undefined);

/** Why a test of the manifests is skipped; false when they can be rendered. */
export const NO_RENDERER =
  RENDERER === undefined && "needs kubectl, or kustomize 5; `npm run install:deploy` installs it";

/** The text that kustomize makes of a folder. @throws Error when it has something against it. */
export function renderFolder(folder: string): string {
  const [program = "", ...args] = RENDERER ?? [];
  const { status, stdout, stderr } = run(program, [...args, folder]);
  // Warnings too: a deprecated field is refused by the next version.
  if (status !== 0 || stderr !== "") throw new Error(`${folder}: ${program} ends with ${status}: ${stderr}`);
  return stdout;
}

/** The objects of a text of YAML documents. @throws Error when one is no object of the Kubernetes API. */
export function objectsOf(text: string): readonly KubernetesObject[] {
  return parseAllDocuments(text, { uniqueKeys: true }).map((document): KubernetesObject => {
    const value: unknown = document.toJS();
    if (!isObject(value)) throw new Error(`no object of Kubernetes: ${JSON.stringify(value)}`);
    return value;
  });
}

function isObject(value: unknown): value is KubernetesObject {
  if (typeof value !== "object" || value === null) return false;
  const { apiVersion, kind, metadata } = value as Partial<Record<string, unknown>>;
  return (
    typeof apiVersion === "string" &&
    typeof kind === "string" &&
    typeof metadata === "object" &&
    metadata !== null &&
    "name" in metadata
  );
}

/** Every way to deploy the planner. None when they cannot be rendered. */
export const FORMS: readonly Form[] = [
  ...(RENDERER === undefined ? [] : KUSTOMIZATIONS).map((path) => ({
    path,
    objects: objectsOf(renderFolder(join(DEPLOY, path))),
  })),
  ...SERVERLESS.map((path) => ({ path, objects: objectsOf(deployText(path)) })),
];

/** A form by its path. */
export function formOf(path: string): Form {
  const form = FORMS.find((candidate) => candidate.path === path);
  if (form === undefined)
    throw new Error(`no form ${path}; there are ${FORMS.map((f) => f.path).join(", ")}`);
  return form;
}

/** The objects of a form that are of one kind. */
export function ofKind<T>({ objects }: Form, isKind: (value: unknown) => value is T): readonly T[] {
  const all: readonly unknown[] = objects;
  return all.filter(isKind);
}
