import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import type { Cluster } from "./cluster.ts";
import { buildPlannerImage, PLANNER_IMAGE, RUNTIME_IMAGE } from "./images.ts";
import { restricted } from "./kubelet.ts";

const mebibytes = (bytes: number): string => `${(bytes / 1024 / 1024).toFixed(1)} MiB`;

/** What the image is. */
export function imageTests(cluster: () => Cluster): void {
  test("the image holds Node, one bundled program and papers, and no shell", async (t: TestContext) => {
    const { podman, attempt, inspect } = cluster();
    const [size, base] = await Promise.all(
      [PLANNER_IMAGE, RUNTIME_IMAGE].map((image) => inspect(image, "{{.Size}}")),
    );
    t.diagnostic(`image: ${mebibytes(Number(size))}, of which the base is ${mebibytes(Number(base))}`);
    const listing = await podman(
      "run",
      "--rm",
      "--network=none",
      "--entrypoint=/nodejs/bin/node",
      PLANNER_IMAGE,
      "-p",
      `fs.readdirSync("/app").sort().join()`,
    );
    assert.match(
      listing,
      /^LICENSE,THIRD-PARTY-LICENSES,redirect-planner-\w+\.cache,redirect-planner\.cdx\.json,redirect-planner\.cjs,redirect-planner\.js$/,
    );
    for (const shell of ["/bin/sh", "/bin/bash", "/busybox/sh"]) {
      const { code, stderr } = await attempt(
        "run",
        "--rm",
        "--network=none",
        `--entrypoint=${shell}`,
        PLANNER_IMAGE,
      );
      assert.equal(code, 127, `${shell}: ${stderr}`);
    }
  });

  test("the image holds what its own Node made of the program", async () => {
    const { podman } = cluster();
    const isRejected = `
      const [cache] = fs.readdirSync("/app").filter((name) => name.endsWith(".cache"));
      const cachedData = fs.readFileSync("/app/" + cache);
      new vm.Script(fs.readFileSync("/app/redirect-planner.js", "latin1"), { cachedData }).cachedDataRejected`;
    const node = "--entrypoint=/nodejs/bin/node";
    assert.equal(
      await podman("run", "--rm", "--network=none", node, PLANNER_IMAGE, "-p", isRejected),
      "false",
    );
  });

  test("the image says of itself what a registry shows, and not root is its user", async () => {
    const { inspect } = cluster();
    const labels = JSON.parse(await inspect(PLANNER_IMAGE, "{{json .Labels}}")) as Readonly<
      Record<string, string>
    >;
    for (const name of ["title", "description", "licenses", "version"]) {
      assert.ok(labels[`org.opencontainers.image.${name}`], name);
    }
    assert.equal(await inspect(PLANNER_IMAGE, "{{.Config.User}}"), "65532:65532");
  });

  test("the image is built for arm64 too, without running anything of arm64", async () => {
    const { podman, inspect, folder } = cluster();
    // Nothing in this base could be run anyway: it is empty.
    const base = "localhost/runtime-arm64";
    writeFileSync(join(folder, "empty.Dockerfile"), "FROM scratch\nLABEL empty=yes\n");
    const platform = "--platform=linux/arm64";
    await podman(
      "build",
      "--quiet",
      platform,
      `--tag=${base}`,
      `--file=${join(folder, "empty.Dockerfile")}`,
      folder,
    );
    const id = await buildPlannerImage(
      cluster(),
      "localhost/redirect-planner-arm64",
      platform,
      // What other builders set by themselves.
      `--build-arg=BUILDPLATFORM=linux/${process.arch === "x64" ? "amd64" : process.arch}`,
      "--build-arg=TARGETPLATFORM=linux/arm64",
      `--build-arg=RUNTIME_IMAGE=${base}`,
    );
    assert.equal(await inspect(id, "{{.Architecture}}"), "arm64");
  });

  test("the command line is in the image too, and needs no more rights than the server", async () => {
    const { podman } = cluster();
    const version = await podman(
      "run",
      "--rm",
      "--network=none",
      ...restricted(),
      PLANNER_IMAGE,
      "--version",
    );
    assert.match(version, /^\d+\.\d+\.\d+/);
  });
}
