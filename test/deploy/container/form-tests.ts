import assert from "node:assert/strict";
import { mkdtempSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { FORMS, type Form } from "../forms.ts";
import { plannerOf } from "../pods.ts";
import type { Cluster, Container } from "./cluster.ts";
import { PLANNER_IMAGE } from "./images.ts";
import { kubeletOptions, makeEmptyDirectory } from "./kubelet.ts";
import { probe, probeUntil } from "./probe.ts";
import { makeServerSecret } from "./secrets.ts";

/** What a serverless platform sets beside the manifest. */
const PLATFORM = ["--env=PORT=9000"];

/** Starts the planner of a form as its manifest says, with something in the place of each volume. */
async function startForm({ folder, start }: Cluster, form: Form): Promise<Container> {
  const { pod, container } = plannerOf(form);
  const scratch = mkdtempSync(join(folder, "volumes-"));
  const volumes = Object.fromEntries(
    (pod.spec.volumes ?? []).map((volume) => [
      volume.name,
      volume.secret === undefined
        ? makeEmptyDirectory(pod, scratch, volume.name)
        : makeServerSecret(pod, scratch).path,
    ]),
  );
  const options = [
    ...kubeletOptions(pod.spec, container, { volumes }),
    ...(form.path.startsWith("serverless/") ? PLATFORM : []),
  ];
  return await start(options, PLANNER_IMAGE, ...(container.args ?? []));
}

/** Every manifest at work: its environment, its volumes, its probes. */
export function formTests(cluster: () => Cluster): void {
  for (const form of FORMS) {
    test(`${form.path}: the planner runs as the manifest says, answers its probes, and ends when it is told to`, async () => {
      const { podman, attempt, inspect } = cluster();
      const { pod, container } = plannerOf(form);
      const { id, address } = await startForm(cluster(), form);

      const { startupProbe, readinessProbe, livenessProbe } = container;
      const first = startupProbe ?? readinessProbe;
      assert.ok(first, "without a probe nobody knows when it may be asked");
      await probeUntil(/^ok$/, address, container, first);
      for (const asked of [readinessProbe ?? [], livenessProbe ?? []].flat()) {
        assert.equal(await probe(address, container, asked), "ok");
      }
      const health = await attempt("healthcheck", "run", id);
      assert.equal(health.code, 0, health.stdout + health.stderr);

      await podman("stop", `--time=${pod.spec.terminationGracePeriodSeconds ?? 30}`, id);
      // 137 would be the kill after the grace period.
      assert.equal(await inspect(id, "{{.State.ExitCode}}"), "0");
      await podman("rm", id);
    });
  }
}
