import assert from "node:assert/strict";
import { test } from "node:test";
import { formOf, NO_RENDERER } from "./forms.ts";
import { restrictedViolations } from "./pod-security.ts";
import { containersOf, PODS, type PodSpec, plannerOf } from "./pods.ts";

/** Cloud Run has a sandbox of its own in the place of these fields, and refuses them. */
const KUBERNETES = PODS.filter(({ form }) => form !== "serverless/cloud-run.yaml");

for (const { name, spec } of KUBERNETES) {
  test(`${name} is restricted, and its files cannot be changed`, { skip: NO_RENDERER }, () => {
    assert.deepEqual(restrictedViolations(spec), []);
    for (const container of containersOf(spec)) {
      assert.equal(container.securityContext?.readOnlyRootFilesystem, true, container.name);
    }
  });
}

test("every pod of the planner's own has no token, and every container asks for memory and has a limit of it", {
  skip: NO_RENDERER,
}, () => {
  for (const { name, spec } of KUBERNETES) {
    for (const { resources } of containersOf(spec)) {
      assert.ok(resources?.requests?.["memory"] && resources.limits?.["memory"], name);
    }
    if (name.includes("sidecar")) continue;
    assert.equal(spec.automountServiceAccountToken, false, name);
  }
});

test("the planner beside an injector sees no token of it", { skip: NO_RENDERER }, () => {
  const { pod, container } = plannerOf(formOf("kustomize/overlays/sidecar"));
  // Where a container mounts something else, the API server's admission puts no token.
  const mount = container.volumeMounts?.find(
    ({ mountPath }) => mountPath === "/var/run/secrets/kubernetes.io/serviceaccount",
  );
  assert.ok(mount, "nothing is mounted there");
  assert.deepEqual(pod.spec.volumes?.find(({ name }) => name === mount.name)?.emptyDir, {});
});

test("the namespaces of the forms admit restricted pods alone", { skip: NO_RENDERER }, () => {
  for (const path of ["kustomize/base", "kustomize/overlays/sidecar"]) {
    const namespace = formOf(path).objects.find(({ kind }) => kind === "Namespace");
    assert.equal(namespace?.metadata.labels?.["pod-security.kubernetes.io/enforce"], "restricted");
  }
});

/** A restricted pod with one container. */
const RESTRICTED: PodSpec = {
  securityContext: { runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } },
  containers: [
    { name: "app", securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } } },
  ],
};

function withContainer(change: object): PodSpec {
  const [container] = RESTRICTED.containers;
  assert.ok(container);
  return { ...RESTRICTED, containers: [{ ...container, ...change }] };
}

function withContext(change: object): PodSpec {
  return withContainer({ securityContext: { ...RESTRICTED.containers[0]?.securityContext, ...change } });
}

const REFUSED: readonly (readonly [violation: string, spec: PodSpec])[] = [
  ["hostNetwork", { ...RESTRICTED, hostNetwork: true }],
  ["hostPID", { ...RESTRICTED, hostPID: true }],
  ["hostIPC", { ...RESTRICTED, hostIPC: true }],
  ["sysctl kernel.msgmax", withPod({ sysctls: [{ name: "kernel.msgmax", value: "1" }] })],
  ["pod: hostProcess", withPod({ windowsOptions: { hostProcess: true } })],
  ["pod: appArmorProfile", withPod({ appArmorProfile: { type: "Unconfined" } })],
  ["app: seLinuxOptions", withContext({ seLinuxOptions: { type: "spc_t" } })],
  ["app: privileged", withContext({ privileged: true })],
  ["app: procMount", withContext({ procMount: "Unmasked" })],
  ["app: hostPort", withContainer({ ports: [{ containerPort: 80, hostPort: 80 }] })],
  [
    "app: probe of another host",
    withContainer({ livenessProbe: { httpGet: { port: 80, host: "192.0.2.1" } } }),
  ],
  ["volume root: hostPath", { ...RESTRICTED, volumes: [{ name: "root", hostPath: { path: "/" } }] }],
  ["pod: runAsUser", withPod({ runAsUser: 0 })],
  ["app: allowPrivilegeEscalation", withContext({ allowPrivilegeEscalation: undefined })],
  ["app: runAsNonRoot", withPod({ runAsNonRoot: undefined })],
  ["app: runAsNonRoot", withContext({ runAsNonRoot: false })],
  ["app: runAsUser", withContext({ runAsUser: 0 })],
  ["app: seccompProfile", withPod({ seccompProfile: undefined })],
  ["app: seccompProfile", withContext({ seccompProfile: { type: "Unconfined" } })],
  ["app: capabilities.drop", withContext({ capabilities: undefined })],
  ["app: capabilities.add", withContext({ capabilities: { drop: ["ALL"], add: ["NET_ADMIN"] } })],
];

function withPod(change: object): PodSpec {
  return { ...RESTRICTED, securityContext: { ...RESTRICTED.securityContext, ...change } };
}

test("a pod that breaks one control of the level is refused for it", () => {
  assert.deepEqual(restrictedViolations(RESTRICTED), []);
  for (const [violation, spec] of REFUSED) assert.deepEqual(restrictedViolations(spec), [violation]);
});
