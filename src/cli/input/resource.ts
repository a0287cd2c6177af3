import { InputError } from "../input-error.ts";
import { suggestion } from "../suggestion.ts";
import type { Document } from "./document.ts";
import { formatPath, type Path } from "./path.ts";

/** A mesh config, a pod, or the pod template of a workload, as it stands in a document. */
export interface Resource {
  readonly kind: "MeshConfig" | "Pod";
  /** For people: `Pod default/curl`, `Deployment bookstore`. */
  readonly title: string;
  /** `namespace/name`, or the name alone; empty when it has none. */
  readonly id: string;
  readonly document: Document;
  /** Where the resource's fields begin in the document: `items[2]`, `spec.template`. */
  readonly path: Path;
  readonly value: unknown;
  /** Whether it is an item of a Kubernetes list. */
  readonly listed: boolean;
}

/** Where each kind of workload keeps the pod that it starts. */
const POD_TEMPLATES: Readonly<Record<string, Path>> = {
  Pod: [],
  Deployment: ["spec", "template"],
  StatefulSet: ["spec", "template"],
  DaemonSet: ["spec", "template"],
  ReplicaSet: ["spec", "template"],
  ReplicationController: ["spec", "template"],
  Job: ["spec", "template"],
  CronJob: ["spec", "jobTemplate", "spec", "template"],
  PodTemplate: ["template"],
};

/**
 * The mesh configs and pods of a document; a list of any of them is opened.
 *
 * @throws InputError on any other kind, with the file, the number of the document, and the kind.
 */
export function resourcesOf(document: Document): readonly Resource[] {
  return collect(document, [], undefined);
}

function collect(document: Document, path: Path, listKind: string | undefined): readonly Resource[] {
  const value = valueAt(document.value, path);
  const kind = text(valueAt(value, ["kind"])) ?? listKind?.replace(/List$/, "");
  if (listKind === undefined && kind?.endsWith("List") === true) {
    const items = valueAt(value, ["items"]);
    if (!Array.isArray(items)) throw fault(document, path, `the ${kind} has no list of items`);
    return items.flatMap((_, index) => collect(document, [...path, "items", index], kind));
  }
  if (kind === undefined || kind === "")
    throw fault(document, path, "has no kind; expected a MeshConfig or a Pod");

  const metadata = valueAt(value, ["metadata"]);
  const id = [valueAt(metadata, ["namespace"]), valueAt(metadata, ["name"])]
    .map(text)
    .filter(Boolean)
    .join("/");
  const about = { id, title: `${kind} ${id}`.trimEnd(), document, listed: listKind !== undefined };
  if (kind === "MeshConfig") return [{ kind: "MeshConfig", ...about, path, value }];

  const template = Object.hasOwn(POD_TEMPLATES, kind) ? POD_TEMPLATES[kind] : undefined;
  if (template === undefined) {
    const near = suggestion(kind, ["MeshConfig", ...Object.keys(POD_TEMPLATES)]);
    throw fault(
      document,
      path,
      `is a ${kind}; expected a MeshConfig, a Pod, or a workload with a pod template${near}`,
    );
  }
  const pod = valueAt(value, template);
  if (pod === undefined) throw fault(document, path, `the ${kind} has no ${formatPath(template)}`);
  return [{ kind: "Pod", ...about, path: [...path, ...template], value: pod }];
}

/** The value at a path of plain data; undefined where there is none. */
export function valueAt(value: unknown, path: Path): unknown {
  let current = value;
  for (const step of path) {
    if (typeof current !== "object" || current === null || !Object.hasOwn(current, step)) return undefined;
    current = Reflect.get(current, step);
  }
  return current;
}

function text(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

function fault(document: Document, path: Path, message: string): InputError {
  const item = path.length === 0 ? "" : `, ${formatPath(path)}`;
  return new InputError({
    where: document.locate(path),
    message: `document ${document.number}${item}: ${message}`,
  });
}
