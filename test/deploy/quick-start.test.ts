import assert from "node:assert/strict";
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { Certificate } from "@kubernetes-models/cert-manager/cert-manager.io/v1/Certificate";
import { PrometheusRule } from "@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1/PrometheusRule";
import { Deployment } from "kubernetes-models/apps/v1/Deployment";
import { NetworkPolicy } from "kubernetes-models/networking.k8s.io/v1/NetworkPolicy";
import { Service } from "kubernetes-models/v1/Service";
import { DEPLOY, deployText } from "./deploy-files.ts";
import { type Form, formOf, NO_RENDERER, objectsOf, ofKind, renderFolder } from "./forms.ts";

const README = deployText("README.md");
const SKIP = { skip: NO_RENDERER };
const base = (): Form => formOf("kustomize/base");

/** The objects of the overlay that the README shows, which stands on some folder of `deploy/kustomize`. */
function shownOverlay(on: string): ReturnType<typeof objectsOf> {
  const [, shown = ""] = /^```yaml\n(.*?)^```$/ms.exec(README) ?? [];
  assert.match(shown, /kustomize\/base$/m);
  const folder = mkdtempSync(join(tmpdir(), "quick-start-"));
  try {
    cpSync(join(DEPLOY, "kustomize"), join(folder, "deploy/kustomize"), { recursive: true });
    mkdirSync(join(folder, "my-overlay"));
    const file = join(folder, "my-overlay/kustomization.yaml");
    writeFileSync(file, shown.replace(/kustomize\/base$/m, `kustomize/${on}`));
    return objectsOf(renderFolder(join(folder, "my-overlay")));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

for (const on of ["base", "overlays/production", "overlays/development", "overlays/sidecar"]) {
  test(`the overlay that the README shows, on ${on}, runs the image that it tells to build`, SKIP, () => {
    const [, built = ""] = /docker build -f deploy\/Dockerfile -t (\S+) \.$/m.exec(README) ?? [];
    assert.ok(README.includes(`docker push ${built}\n`));
    const [deployment] = ofKind({ path: on, objects: shownOverlay(on) }, Deployment.is);
    const { initContainers = [], containers = [] } = deployment?.spec?.template.spec ?? {};
    const images = [...initContainers, ...containers].map(({ image }) => image);
    assert.ok(images.includes(built), images.join());
  });
}

test("the labels that the README tells to set are those that the network policy asks for", SKIP, () => {
  const [policy] = ofKind(base(), NetworkPolicy.is);
  const [peer] = policy?.spec?.ingress?.[0]?.from ?? [];
  for (const labels of [peer?.podSelector?.matchLabels, peer?.namespaceSelector?.matchLabels]) {
    assert.deepEqual(labels, { "redirect-planner/client": "true" });
  }
  assert.match(README, /kubectl label namespace \S+ redirect-planner\/client=true$/m);
  assert.ok(README.includes('{"metadata":{"labels":{"redirect-planner/client":"true"}}}'));
});

test("what the README dials, mounts and looks out for is there", SKIP, () => {
  const services = ofKind(base(), Service.is).map(
    ({ metadata }) => `${metadata?.name}.${metadata?.namespace}`,
  );
  const dialled = [...README.matchAll(/dns:\/\/\/([\w-]+\.[\w-]+)\.svc:9000/g)].map(([, name]) => name);
  assert.ok(dialled.length > 0 && dialled.every((name) => services.includes(name ?? "")), dialled.join());
  const [deployment] = ofKind(base(), Deployment.is);
  for (const [, name] of README.matchAll(/deployment\/([\w-]+)/g)) {
    assert.equal(name, deployment?.metadata?.name);
  }
  const production = formOf("kustomize/overlays/production");
  const secrets = ofKind(production, Certificate.is).map(({ spec }) => spec?.secretName);
  for (const [, name] of README.matchAll(/Secret `([\w-]+)`/g)) assert.ok(secrets.includes(name), name);
  const rules = ofKind(production, PrometheusRule.is).flatMap(({ spec }) =>
    (spec.groups ?? []).flatMap((group) => group.rules ?? []),
  );
  for (const [name] of README.matchAll(/\bRedirectPlanner[A-Z]\w+/g)) {
    assert.ok(
      rules.some(({ alert }) => alert === name),
      name,
    );
  }
});
