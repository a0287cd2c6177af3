import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { readDocuments } from "../../../src/cli/input/document.ts";
import { type Resource, resourcesOf } from "../../../src/cli/input/resource.ts";
import { InputError } from "../../../src/cli/input-error.ts";

function resources(text: string): readonly Resource[] {
  return readDocuments({ name: "in.yaml", text }).flatMap(resourcesOf);
}

const TEMPLATE = "{metadata: {annotations: {a: b}}, spec: {containers: []}}";
const POD = { metadata: { annotations: { a: "b" } }, spec: { containers: [] } };

describe("resources of a document", () => {
  it("are mesh configs and pods, told apart by their kind", () => {
    const [mesh, pod] = resources(
      "kind: MeshConfig\n---\nkind: Pod\nmetadata: {name: curl, namespace: default}\n",
    );
    assert.equal(mesh?.kind, "MeshConfig");
    assert.deepEqual(
      [pod?.kind, pod?.title, pod?.id, pod?.listed],
      ["Pod", "Pod default/curl", "default/curl", false],
    );
  });

  for (const kind of [
    "Deployment",
    "StatefulSet",
    "DaemonSet",
    "ReplicaSet",
    "ReplicationController",
    "Job",
  ]) {
    it(`are pods where a ${kind} has its template`, () => {
      const [pod] = resources(`kind: ${kind}\nmetadata: {name: shop}\nspec: {template: ${TEMPLATE}}`);
      assert.deepEqual(pod?.value, POD);
      assert.deepEqual([pod.title, pod.path], [`${kind} shop`, ["spec", "template"]]);
    });
  }

  it("are pods where a CronJob has its template", () => {
    const [pod] = resources(`kind: CronJob\nspec: {jobTemplate: {spec: {template: ${TEMPLATE}}}}`);
    assert.deepEqual(pod?.value, POD);
    assert.equal(pod.title, "CronJob");
  });

  it("are the items of a list, whatever their kinds", () => {
    const listed = resources("kind: List\nitems: [{kind: MeshConfig}, {kind: Pod, metadata: {name: a}}]");
    assert.deepEqual(
      listed.map(({ kind, path, listed }) => [kind, path, listed]),
      [
        ["MeshConfig", ["items", 0], true],
        ["Pod", ["items", 1], true],
      ],
    );
  });

  it("are the items of a list that names their kind for them", () => {
    assert.deepEqual(
      resources("kind: PodList\nitems: [{metadata: {name: a}}]").map(({ title }) => title),
      ["Pod a"],
    );
  });

  it("are none in an empty list", () => {
    assert.deepEqual(resources("kind: List\nitems: []"), []);
  });

  const refusals: readonly [string, string, RegExp][] = [
    [
      "another kind",
      "kind: Pod\n---\nkind: Service\n",
      /^in\.yaml:3:1: document 2: is a Service; expected a MeshConfig, a Pod/,
    ],
    ["a misspelt kind", "kind: pod", /did you mean Pod\?/],
    ["a kind that is a name of JavaScript", "kind: constructor", /is a constructor; expected/],
    ["a document without a kind", "metadata: {}", /document 1: has no kind/],
    ["a document that is no object", "- a", /document 1: has no kind/],
    [
      "another kind inside a list",
      "kind: List\nitems: [{kind: Pod}, {kind: Node}]",
      /document 1, items\[1\]: is a Node/,
    ],
    ["a list inside a list", "kind: List\nitems: [{kind: List, items: []}]", /items\[0\]: is a List/],
    ["a list without items", "kind: List", /the List has no list of items/],
    ["a workload without a template", "kind: Deployment\nspec: {}", /the Deployment has no spec\.template/],
  ];
  for (const [name, text, message] of refusals) {
    it(`refuse ${name}`, () => {
      assert.throws(
        () => resources(text),
        (error) => error instanceof InputError && message.test(error.message),
      );
    });
  }
});
