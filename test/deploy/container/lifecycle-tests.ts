import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { type TestContext, test } from "node:test";
import type { Cluster } from "./cluster.ts";
import { beginGrpc } from "./half-grpc-call.ts";
import { PLANNER_IMAGE, RUNTIME_IMAGE } from "./images.ts";
import { beginJson, firstAnswer, planGrpc, planJson } from "./planner-client.ts";
import { RESTRICTED } from "./restricted-run.ts";

/** What the kernel says of a process. */
async function statusOf({ inspect }: Cluster, id: string): Promise<ReadonlyMap<string, string>> {
  const process = await inspect(id, "{{.State.Pid}}");
  const text = readFileSync(`/proc/${process}/status`, "utf8");
  return new Map([...text.matchAll(/^(\w+):\s+(.*)$/gm)].map(([, name = "", value = ""]) => [name, value]));
}

/** How the container lives, confined as the manifests confine it. */
export function lifecycleTests(cluster: () => Cluster): void {
  test("confined as the manifests have it, the planner answers JSON and gRPC", async () => {
    const { start, podman } = cluster();
    const { id, address } = await start(RESTRICTED, PLANNER_IMAGE);
    await firstAnswer(address);
    const { initContainer } = await planJson(address, {});
    assert.match(initContainer.args.join(" "), /^-c iptables -t nat -N PROXY_INBOUND && /);
    const { initContainer: same } = await planGrpc(address);
    assert.deepEqual(same?.args, initContainer.args);
    await podman("rm", "--force", "--time=0", id);
  });

  test("the planner's process has no capability, no way to get one, a seccomp filter, and is not root", async () => {
    const { start, podman } = cluster();
    const { id, address } = await start(RESTRICTED, PLANNER_IMAGE);
    await firstAnswer(address);
    const status = await statusOf(cluster(), id);
    for (const set of ["CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"]) {
      assert.equal(status.get(set), "0".repeat(16), set);
    }
    assert.equal(status.get("NoNewPrivs"), "1");
    assert.equal(status.get("Seccomp"), "2");
    assert.equal(status.get("Uid"), Array(4).fill("65532").join("\t"));
    await podman("rm", "--force", "--time=0", id);
  });

  test("any other user will do as well", async () => {
    const { start, podman } = cluster();
    const { id, address } = await start([...RESTRICTED, "--user=1000650000:0"], PLANNER_IMAGE);
    await firstAnswer(address);
    await podman("rm", "--force", "--time=0", id);
  });

  test("told to stop with requests in flight, it answers them all, takes no more, and ends by itself", async (t: TestContext) => {
    const { start, podman, inspect } = cluster();
    const { id, address } = await start(RESTRICTED, PLANNER_IMAGE);
    await firstAnswer(address);
    const calls = await Promise.all([beginGrpc(address), beginGrpc(address), beginGrpc(address)]);
    const requests = await Promise.all([beginJson(address), beginJson(address), beginJson(address)]);
    const begin = performance.now();
    const stopped = podman("stop", "--time=30", id);
    // Longer than it takes to stop when nothing is under way.
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    assert.equal(await inspect(id, "{{.State.Status}}"), "stopping");
    await assert.rejects(planJson(address, {}), "a stopping planner takes no new connection");
    for (const { status, bytes } of await Promise.all(calls.map((call) => call.finish()))) {
      assert.equal(status, "0");
      assert.ok(bytes > 1_000);
    }
    for (const { status, body } of await Promise.all(requests.map((request) => request.finish()))) {
      assert.equal(status, 200, body);
    }
    await stopped;
    const seconds = (performance.now() - begin) / 1000;
    t.diagnostic(`stopped ${seconds.toFixed(1)} s after SIGTERM, 1 s of which its clients took`);
    // 137 would be the kill after the grace period.
    assert.equal(await inspect(id, "{{.State.ExitCode}}"), "0");
    assert.ok(seconds < 20);
    await podman("rm", id);
  });

  test("time to the first answer and memory are told", async (t: TestContext) => {
    const { podman, start, inspect } = cluster();
    const times: number[] = [];
    const bare: number[] = [];
    for (let i = 0; i < 5; i += 1) {
      const before = performance.now();
      await podman("run", "--rm", "--network=none", RUNTIME_IMAGE, "-e", "0");
      bare.push(performance.now() - before);
      const begin = Date.now();
      const planner = await start(RESTRICTED, PLANNER_IMAGE);
      await firstAnswer(planner.address);
      const started = Date.parse(
        await inspect(planner.id, '{{.State.StartedAt.UTC.Format "2006-01-02T15:04:05.000Z07:00"}}'),
      );
      times.push(Date.now() - Math.max(started, begin));
      if (i === 4) {
        const status = await statusOf(cluster(), planner.id);
        t.diagnostic(
          `idle memory: ${status.get("VmRSS")} resident, of which the program's file is ${status.get("RssFile")}`,
        );
      }
      await podman("rm", "--force", "--time=0", planner.id);
    }
    const median = (values: readonly number[]): string =>
      [...values].sort((a, b) => a - b)[2]?.toFixed(0) ?? "";
    t.diagnostic(`container start to first answer: ${median(times)} ms (${times.join(", ")})`);
    t.diagnostic(`a whole run of the base image that does nothing: ${median(bare)} ms`);
    assert.ok(times.length === 5);
  });
}
