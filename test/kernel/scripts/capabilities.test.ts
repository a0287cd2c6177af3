import assert from "node:assert/strict";
import { test } from "node:test";
import type { InitContainer } from "../../../src/render/init-container.ts";
import { forEachInNamespace, slice } from "./each.ts";
import type { Namespace, Outcome } from "./namespace.ts";
import { lacking, pathOf } from "./requirements.ts";
import { hardenedPlan, POD_ENVIRONMENT, SCENARIOS } from "./scenarios.ts";
import { BACK_ENDS, type BackEnd, toolbox } from "./toolbox.ts";

const skip = lacking("setpriv");

/** What container runtimes give where nothing is dropped (containerd and CRI-O with Docker's list). */
const RUNTIME_DEFAULTS = [
  "AUDIT_WRITE",
  "CHOWN",
  "DAC_OVERRIDE",
  "FOWNER",
  "FSETID",
  "KILL",
  "MKNOD",
  "NET_BIND_SERVICE",
  "NET_RAW",
  "SETFCAP",
  "SETGID",
  "SETPCAP",
  "SETUID",
  "SYS_CHROOT",
];

/** What the runtime gives an init container that is not privileged. */
function capabilitiesOf({ securityContext }: InitContainer): readonly string[] {
  const { add, drop } = securityContext.capabilities;
  return [...(drop.includes("ALL") ? [] : RUNTIME_DEFAULTS), ...add];
}

/** Runs an init container with these capabilities alone. */
function run(
  namespace: Namespace,
  backEnd: BackEnd,
  { command, args, securityContext }: InitContainer,
  capabilities: readonly string[],
): Promise<Outcome> {
  const names = capabilities.map((name) => `+${name.toLowerCase()}`);
  const limits = [
    `--bounding-set=${["-all", ...names].join(",")}`,
    "--inh-caps=-all",
    "--ambient-caps=-all",
    ...(securityContext.allowPrivilegeEscalation === false ? ["--no-new-privs"] : []),
  ];
  const env = { PATH: toolbox(namespace, { plain: backEnd, suffixed: [backEnd] }), ...POD_ENVIRONMENT };
  return namespace.run(pathOf("setpriv"), [...limits, ...command, ...args], { env });
}

for (const backEnd of BACK_ENDS) {
  test(`on ${backEnd}, every script runs with the capabilities of its init container`, {
    skip,
  }, async (t) => {
    const scenarios = slice(
      SCENARIOS.filter(({ feature }) => feature !== "defaults"),
      20,
    );
    await forEachInNamespace(scenarios, async (namespace, { name, plan }) => {
      const { initContainer: container } = plan;
      const { code, stderr } = await run(namespace, backEnd, container, capabilitiesOf(container));
      assert.equal(code, 0, `${name}: ${stderr}`);
      const cleanup = { ...container, args: ["-c", plan.cleanupScript] };
      assert.equal((await run(namespace, backEnd, cleanup, capabilitiesOf(container))).code, 0, name);
    });
    t.diagnostic(`${scenarios.length} scripts`);
  });
}

test("no script runs with fewer", { skip }, async () => {
  const defaults = SCENARIOS.filter(({ feature }) => feature === "defaults");
  await forEachInNamespace(defaults, async (namespace, { name, plan: { initContainer: container } }) => {
    const all = capabilitiesOf(container);
    for (const missing of container.securityContext.capabilities.add) {
      const fewer = all.filter((each) => each !== missing);
      const { code, stderr } = await run(namespace, "legacy", container, fewer);
      assert.notEqual(code, 0, `${name} without ${missing}`);
      assert.notEqual(stderr, "", `${name} without ${missing}`);
    }
  });
});

test("a script for nf_tables alone needs no raw socket, and one that may use legacy does", {
  skip,
}, async () => {
  const added = (iptablesBackend?: "legacy" | "nf_tables") =>
    hardenedPlan({}, { ...(iptablesBackend && { iptablesBackend }) }).initContainer.securityContext
      .capabilities.add;
  assert.deepEqual(added("nf_tables"), ["NET_ADMIN"]);
  assert.deepEqual(added("legacy"), ["NET_ADMIN", "NET_RAW"]);
  assert.deepEqual(added(), ["NET_ADMIN", "NET_RAW"]);
  const everyMatch = hardenedPlan(
    {
      meshConfig: {
        spec: { sidecar: { localProxyMode: "PodIP" }, traffic: { outboundPortExclusionList: [1, 2] } },
      },
    },
    { iptablesBackend: "nf_tables", ruleComments: true, excludedGids: [7] },
  );
  await forEachInNamespace([everyMatch], async (namespace, { initContainer: container }) => {
    const { code, stderr } = await run(namespace, "nf_tables", container, capabilitiesOf(container));
    assert.equal(code, 0, stderr);
  });
});
