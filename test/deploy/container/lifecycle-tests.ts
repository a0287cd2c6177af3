import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { type TestContext, test } from "node:test";
import { Client, credentials } from "@grpc/grpc-js";
import { deployText } from "../deploy-files.ts";
import { formOf } from "../forms.ts";
import { plannerOf } from "../pods.ts";
import type { Cluster } from "./cluster.ts";
import { beginGrpc } from "./half-grpc-call.ts";
import { PLANNER_IMAGE, RUNTIME_IMAGE } from "./images.ts";
import { restricted } from "./kubelet.ts";
import { beginJson, firstAnswer, PORT, planGrpc, planJson, planWith, refusal } from "./planner-client.ts";
import { probe, probeUntil } from "./probe.ts";

/** What the kernel says of a process. */
async function statusOf({ inspect }: Cluster, id: string): Promise<ReadonlyMap<string, string>> {
  const process = await inspect(id, "{{.State.Pid}}");
  const text = readFileSync(`/proc/${process}/status`, "utf8");
  return new Map([...text.matchAll(/^(\w+):\s+(.*)$/gm)].map(([, name = "", value = ""]) => [name, value]));
}

/** The one in the middle of an odd number of values. */
function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[(values.length - 1) / 2] ?? Number.NaN;
}

/** How the container lives, confined as the manifests confine it. */
export function lifecycleTests(cluster: () => Cluster): void {
  test("confined as the manifests have it, the planner answers JSON and gRPC", async () => {
    const { start, podman } = cluster();
    const { id, address } = await start(restricted(), PLANNER_IMAGE);
    await firstAnswer(address);
    const { initContainer } = await planJson(address, {});
    assert.match(initContainer.args?.join(" ") ?? "", /^-c iptables -t nat -N PROXY_INBOUND && /);
    const { initContainer: same } = await planGrpc(`${address}:${PORT}`);
    assert.deepEqual(same?.args, initContainer.args);
    await podman("rm", "--force", "--time=0", id);
  });

  test("the planner's process has no capability, no way to get one, a seccomp filter, and is not root", async () => {
    const { start, podman } = cluster();
    const { id, address } = await start(restricted(), PLANNER_IMAGE);
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
    const { id, address } = await start([...restricted(), "--user=1000650000:0"], PLANNER_IMAGE);
    await firstAnswer(address);
    await podman("rm", "--force", "--time=0", id);
  });

  test("told to stop with requests in flight, it answers them all, takes no more, and ends by itself", async (t: TestContext) => {
    const { start, podman, inspect } = cluster();
    const { pod, container } = plannerOf(formOf("kustomize/base"));
    const { id, address } = await start(restricted(), PLANNER_IMAGE);
    await firstAnswer(address);
    const calls = await Promise.all([beginGrpc(address), beginGrpc(address), beginGrpc(address)]);
    const requests = await Promise.all([beginJson(address), beginJson(address), beginJson(address)]);
    const begin = performance.now();
    const stopped = podman("stop", `--time=${pod.spec.terminationGracePeriodSeconds}`, id);
    await probeUntil(/answers 503/, address, container, { httpGet: { port: "admin", path: "/readyz" } });
    await refusal(address);
    assert.equal(
      await probe(address, container, container.livenessProbe ?? {}),
      "ok",
      "or it would be killed",
    );
    for (const { status, bytes } of await Promise.all(calls.map((call) => call.finish()))) {
      assert.equal(status, "0");
      assert.ok(bytes > 1_000);
    }
    for (const { status, body } of await Promise.all(requests.map((request) => request.finish()))) {
      assert.equal(status, 200, body);
    }
    await stopped;
    t.diagnostic(`stopped ${((performance.now() - begin) / 1000).toFixed(1)} s after SIGTERM`);
    // 137 would be the kill after the grace period.
    assert.equal(await inspect(id, "{{.State.ExitCode}}"), "0");
    await podman("rm", id);
  });

  test("while one of two replicas stops, a client with the service config gets every answer", async (t: TestContext) => {
    const { start, podman, inspect } = cluster();
    const { pod } = plannerOf(formOf("kustomize/base"));
    const replicas = await Promise.all([1, 2].map(() => start(restricted(), PLANNER_IMAGE)));
    await Promise.all(replicas.map(({ address }) => firstAnswer(address)));
    const target = `ipv4:${replicas.map(({ address }) => `${address}:${PORT}`).join(",")}`;
    const client = new Client(target, credentials.createInsecure(), {
      "grpc.service_config": deployText("client/service-config.json"),
    });
    const ids = replicas.map(({ id }) => id);
    const grace = `--time=${pod.spec.terminationGracePeriodSeconds}`;
    let answered = 0;
    let stopped = false;
    const call = async (times: number): Promise<void> => {
      for (let i = 0; i < times; i += 1) {
        await planWith(client);
        answered += 1;
      }
    };
    await call(50);
    const callers = [1, 2, 3, 4].map(async () => {
      while (!stopped) await call(1);
    });
    await podman("stop", grace, ids[0] ?? "").finally(() => {
      stopped = true;
    });
    await Promise.all(callers);
    await call(50);
    client.close();
    assert.equal(await inspect(ids[0] ?? "", "{{.State.ExitCode}}"), "0");
    t.diagnostic(`${answered} calls before, meanwhile and after, all of them answered`);
    await podman("rm", "--force", "--time=0", ...ids);
  });

  test("time to the first answer and memory are told", async (t: TestContext) => {
    const { podman, start, inspect } = cluster();
    const times: number[] = [];
    const memory: number[] = [];
    const bare: number[] = [];
    for (let i = 0; i < 5; i += 1) {
      const before = performance.now();
      await podman("run", "--rm", "--network=none", RUNTIME_IMAGE, "-e", "0");
      bare.push(performance.now() - before);
      const begin = Date.now();
      const planner = await start(restricted(), PLANNER_IMAGE);
      await firstAnswer(planner.address);
      const started = Date.parse(
        await inspect(planner.id, '{{.State.StartedAt.UTC.Format "2006-01-02T15:04:05.000Z07:00"}}'),
      );
      times.push(Date.now() - Math.max(started, begin));
      const status = await statusOf(cluster(), planner.id);
      memory.push(Number.parseInt(status.get("VmRSS") ?? "", 10) / 1024);
      await podman("rm", "--force", "--time=0", planner.id);
    }
    t.diagnostic(`container start to first answer: ${median(times).toFixed(0)} ms (${times.join(", ")})`);
    t.diagnostic(`a whole run of the base image that does nothing: ${median(bare).toFixed(0)} ms`);
    t.diagnostic(`idle memory: ${median(memory).toFixed(1)} MiB resident`);
    const { requests } = plannerOf(formOf("kustomize/base")).container.resources ?? {};
    assert.match(String(requests?.["memory"]), /^\d+Mi$/);
    assert.ok(median(memory) < Number.parseInt(String(requests?.["memory"]), 10), "more than is asked for");
  });
}
