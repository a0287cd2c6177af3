import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { readDocuments } from "../../../src/cli/input/document.ts";
import { readMessage } from "../../../src/cli/input/message-reader.ts";
import { InputError } from "../../../src/cli/input-error.ts";
import { MeshConfigSchema } from "../../../src/gen/redirect/v1/mesh_config_pb.ts";
import { PodSchema } from "../../../src/gen/redirect/v1/pod_pb.ts";

function faults(schema: typeof PodSchema | typeof MeshConfigSchema, text: string): readonly string[] {
  const [document] = readDocuments({ name: "in", text });
  assert.ok(document !== undefined);
  try {
    readMessage(schema, document.value, document.locate);
  } catch (error) {
    if (error instanceof InputError) return error.faults.map(({ where, message }) => `${where}: ${message}`);
    throw error;
  }
  return [];
}

describe("reading a resource", () => {
  it("ignores what the contract does not name", () => {
    const text =
      "metadata: {managedFields: [{x: 1}], creationTimestamp: null}\nspec: {volumes: [{defaultMode: 0644}]}";
    assert.deepEqual(faults(PodSchema, text), []);
  });

  it("reads numbered and named ports of probes", () => {
    const text =
      "spec: {containers: [{livenessProbe: {httpGet: {port: 80}}, readinessProbe: {httpGet: {port: http}}}]}";
    assert.deepEqual(faults(PodSchema, text), []);
  });

  it("says that an annotation must be in quotes, whatever YAML took it for", () => {
    const text = "metadata:\n  annotations:\n    a: 6379\n    b: true\n    c: 080\n    d: ok\n";
    assert.deepEqual(faults(PodSchema, text), [
      'in:3:8: metadata.annotations.a: must be a string; put it in quotes: "6379"',
      'in:4:8: metadata.annotations.b: must be a string; put it in quotes: "true"',
      'in:5:8: metadata.annotations.c: must be a string; put it in quotes: "080"',
    ]);
  });

  it("tells every field that is not of its type, each with its path and place", () => {
    const text = `spec:
  traffic:
    outboundIPRangeExclusionList: 1.1.1.1/32
    outboundPortExclusionList: [80, http, 80.5, null]
    inboundPortExclusionList: [0100]
  sidecar:
    enablePrivilegedInitContainer: yes please
    localDNSProxy: on
`;
    assert.deepEqual(faults(MeshConfigSchema, text), [
      'in:3:35: spec.traffic.outboundIPRangeExclusionList: must be a list, not "1.1.1.1/32"',
      'in:4:37: spec.traffic.outboundPortExclusionList[1]: must be a whole number from -2147483648 to 2147483647, not "http"',
      "in:4:43: spec.traffic.outboundPortExclusionList[2]: must be a whole number from -2147483648 to 2147483647, not 80.5",
      "in:4:49: spec.traffic.outboundPortExclusionList[3]: must be a whole number from -2147483648 to 2147483647, not null",
      "in:5:32: spec.traffic.inboundPortExclusionList[0]: 0100 is a number that readers of YAML differ about; write it in plain decimal digits",
      'in:7:36: spec.sidecar.enablePrivilegedInitContainer: must be true or false, not "yes please"',
      'in:8:20: spec.sidecar.localDNSProxy: must be an object, not "on"',
    ]);
  });

  it("looks into the containers of a pod", () => {
    const text =
      "spec:\n  containers:\n    - {name: a}\n    - name: b\n      ports: [{containerPort: x}]\n    - 7\n";
    assert.deepEqual(faults(PodSchema, text), [
      'in:5:31: spec.containers[1].ports[0].containerPort: must be a whole number from -2147483648 to 2147483647, not "x"',
      "in:6:7: spec.containers[2]: must be an object, not 7",
    ]);
  });

  it("refuses a resource that is no object", () => {
    assert.deepEqual(faults(PodSchema, "metadata: [a]"), ['in:1:11: metadata: must be an object, not ["a"]']);
    assert.deepEqual(faults(PodSchema, "[a]"), ['in:1:1: must be an object, not ["a"]']);
  });
});
