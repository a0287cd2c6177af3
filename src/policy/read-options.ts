import { type Finding, finding } from "./finding.ts";
import type { MeshConfig, PlanOptions, Pod } from "./inputs.ts";
import { annotationPath } from "./lists.ts";
import type { InitContainerPolicy } from "./policy.ts";
import type { Profile } from "./profile.ts";
import { quote } from "./quote.ts";

/** Longest image reference: names are limited to 255 characters and tags to 128, and a digest has 71. */
const MAX_IMAGE = 512;

/** Shape of an image reference: registry, path, tag and digest, in the characters that the distribution grammar has. */
const IMAGE =
  /^(?:(?:[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?|\[[0-9A-Fa-f:]+\])(?::[0-9]{1,5})?\/)?[a-z0-9]+(?:(?:\.|_{1,2}|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:\.|_{1,2}|-+)[a-z0-9]+)*)*(?::[A-Za-z0-9_][A-Za-z0-9_.-]{0,127})?(?:@[a-z0-9]+:[0-9a-f]{32,128})?$/;

const PULL_POLICIES: readonly string[] = ["Always", "IfNotPresent", "Never"];

/** What the inputs say of the init container itself. */
export function readInitContainer(
  options: PlanOptions,
  meshConfig: MeshConfig | undefined,
  profile: Profile,
  findings: Finding[],
): InitContainerPolicy {
  const sidecar = meshConfig?.spec?.sidecar;
  const [image, field] = options.initContainerImage
    ? [options.initContainerImage, "options.initContainerImage"]
    : [sidecar?.initContainerImage || profile.defaultImage, "meshConfig.spec.sidecar.initContainerImage"];
  if (image.length > MAX_IMAGE || !IMAGE.test(image)) {
    findings.push(
      finding("INVALID_IMAGE", {
        field,
        value: quote(image),
        message: `'${quote(image)}' is not an image reference of at most ${MAX_IMAGE} characters`,
        remedy: "Give a reference such as registry.example/openservicemesh/init:v1.2.4.",
      }),
    );
  }
  const policy = { image, privileged: sidecar?.enablePrivilegedInitContainer ?? false };
  const pullPolicy = options.initContainerImagePullPolicy;
  if (!pullPolicy) return policy;
  if (!PULL_POLICIES.includes(pullPolicy)) {
    findings.push(
      finding("UNKNOWN_OPTION", {
        field: "options.initContainerImagePullPolicy",
        value: quote(pullPolicy),
        message: `'${quote(pullPolicy)}' is not an image pull policy; there are ${PULL_POLICIES.join(", ")}`,
        remedy: "Give one of them, or none for the cluster's default.",
      }),
    );
  }
  return { ...policy, imagePullPolicy: pullPolicy };
}

/** Where the proxy sends inbound traffic. Meshes take every text but `PodIP` for `Localhost`, and so is it read. */
export function readLocalProxyMode(
  meshConfig: MeshConfig | undefined,
  findings: Finding[],
): "Localhost" | "PodIP" {
  const mode = meshConfig?.spec?.sidecar?.localProxyMode ?? "";
  if (mode === "PodIP") return mode;
  if (mode !== "" && mode !== "Localhost") {
    findings.push(
      finding("UNKNOWN_LOCAL_PROXY_MODE", {
        field: "meshConfig.spec.sidecar.localProxyMode",
        value: quote(mode),
        message: `'${quote(mode)}' is neither Localhost nor PodIP; the mesh reads it as Localhost`,
        remedy: "Write Localhost or PodIP.",
      }),
    );
  }
  return "Localhost";
}

/**
 * Keys that look like one of the mesh's lists: under a prefix of a mesh with the words of a list, or with the name of a
 * list under any prefix or none.
 */
const LIST_ANNOTATION =
  /^(?:openservicemesh|flomesh)\.io\/.*(?:exclu|inclu)|^(?:.*\/)?(?:(?:out|in)bound-port-exclusion|outbound-ip-range-(?:ex|in)clusion)-list$/is;

/** Annotations that look like one of the mesh's lists and that nothing reads: misspelt, or of another mesh. */
export function checkAnnotationKeys(
  pod: Pod | undefined,
  known: readonly string[],
  findings: Finding[],
): void {
  const annotations = pod?.metadata?.annotations ?? {};
  // Sorted, since a map has no order: findings must not depend on how the caller happened to write it.
  for (const key of Object.keys(annotations).toSorted()) {
    if (known.includes(key) || !LIST_ANNOTATION.test(key)) continue;
    findings.push(
      finding("ANNOTATION_NOT_READ", {
        field: annotationPath(key),
        value: quote(annotations[key] ?? ""),
        message: `Annotation '${quote(key)}' looks like a list of the mesh, and nothing reads it`,
        remedy: `The dialect reads ${known.join(", ")}.`,
      }),
    );
  }
}
