import { execFileSync, spawn } from "node:child_process";
import { readdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { ROOT } from "../deploy-files.ts";
import type { Engine } from "./engine.ts";
import { createMachineRoot, type MachineRoot, whereIs } from "./machine-root.ts";

/** What stands for the distroless image: Node where that has it, its libraries, and its user. Nothing else. */
export const RUNTIME_IMAGE = "localhost/runtime";

/** The planner, built by the Dockerfile. */
export const PLANNER_IMAGE = "localhost/redirect-planner";

/** What stands for the image of an init container: a shell, and the programs that change rules. */
export const INIT_IMAGE = "localhost/init";

const BUILD_IMAGE = "localhost/build";

const NODE = join(ROOT, "node_modules/node/bin/node");

const BUILD_PROGRAMS = ["sh", "env", "cat", "mkdir", "cp", "ls", "rm"];

const PASSWD = `root:x:0:0:root:/root:/sbin/nologin
nonroot:x:65532:65532:nonroot:/home/nonroot:/sbin/nologin
`;

/** Makes the image that stands for distroless Node. */
export async function makeRuntimeImage(engine: Engine): Promise<void> {
  const root = createMachineRoot(join(engine.folder, "runtime"));
  root.program(NODE, "nodejs/bin/node");
  root.file("etc/passwd", PASSWD);
  root.directory("home/nonroot");
  const changes = ["USER 65532:65532", "WORKDIR /home/nonroot", 'ENTRYPOINT ["/nodejs/bin/node"]'];
  await importImage(engine, root, RUNTIME_IMAGE, changes);
}

/** Makes the image that the planner is built in: Node with npm, and a shell. */
export async function makeBuildImage(engine: Engine): Promise<void> {
  const root = createMachineRoot(join(engine.folder, "build"));
  for (const program of BUILD_PROGRAMS) root.program(whereIs(program), `bin/${program}`);
  root.link("/bin/env", "usr/bin/env");
  root.program(NODE, "bin/node");
  root.tree(dirname(dirname(whereIs("npm"))), "lib/node_modules/npm");
  root.link("../lib/node_modules/npm/bin/npm-cli.js", "bin/npm");
  root.file("etc/passwd", PASSWD);
  await importImage(engine, root, BUILD_IMAGE, ["ENV PATH=/bin"]);
}

/**
 * Builds the planner's image as a release does, but for its base images, which are made of this machine.
 *
 * @param tag the image's name: a second one would move the name of the first.
 * @param options more of them, which win.
 * @returns the image's id.
 */
export async function buildPlannerImage(
  engine: Engine,
  tag: string,
  ...options: readonly string[]
): Promise<string> {
  // The registry is reached as this machine reaches it, and packages that it has already are not fetched again.
  const npmrc = join(engine.folder, "npmrc");
  const registry = setting("registry");
  const authorities = setting("cafile") || (process.env["NODE_EXTRA_CA_CERTS"] ?? "");
  const cached = ["cache=/var/cache/npm", "prefer-offline=true", `registry=${registry}`];
  writeFileSync(npmrc, `${[...cached, ...(authorities ? [`cafile=${authorities}`] : [])].join("\n")}\n`);
  const volumes = [
    `${setting("cache")}:/var/cache/npm`,
    ...(authorities ? [`${authorities}:${authorities}:ro`] : []),
  ];
  return await engine.podman(
    "build",
    "--quiet",
    "--network=host",
    // The one that can say how an image is asked for its health.
    "--format=docker",
    `--file=${join(ROOT, "deploy/Dockerfile")}`,
    `--tag=${tag}`,
    `--build-arg=BUILD_IMAGE=${BUILD_IMAGE}`,
    `--build-arg=RUNTIME_IMAGE=${RUNTIME_IMAGE}`,
    `--secret=id=npmrc,src=${npmrc}`,
    ...volumes.map((volume) => `--volume=${volume}`),
    ...options,
    ROOT,
  );
}

function setting(name: string): string {
  const value = execFileSync("npm", ["config", "get", name], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "ignore"],
  });
  return value.trim() === "null" ? "" : value.trim();
}

/** Makes the image of the init container, with iptables of both back ends and nft. `iptables` is the one of nf_tables. */
export async function makeInitImage(engine: Engine): Promise<void> {
  const root = createMachineRoot(join(engine.folder, "init"));
  for (const program of ["sh", "cat"]) root.program(whereIs(program), `bin/${program}`);
  root.program(whereIs("nft"), "sbin/nft");
  for (const [backEnd, suffixes] of [
    ["nft", ["", "-nft"]],
    ["legacy", ["-legacy"]],
  ] as const) {
    root.program(whereIs(`xtables-${backEnd}-multi`), `sbin/xtables-${backEnd}-multi`);
    for (const suffix of suffixes) {
      for (const family of ["iptables", "ip6tables"]) {
        for (const job of ["", "-restore", "-save"]) {
          root.link(`xtables-${backEnd}-multi`, `sbin/${family}${suffix}${job}`);
        }
      }
    }
  }
  // The matches and targets are loaded by name, and ldd does not know of them.
  const extensions = execFileSync("sh", ["-c", "dirname /usr/lib/*/xtables/libxt_tcp.so"], {
    encoding: "utf8",
  }).trim();
  for (const name of readdirSync(extensions)) root.program(join(extensions, name), join(extensions, name));
  root.file("etc/passwd", PASSWD);
  root.directory("run");
  await importImage(engine, root, INIT_IMAGE, ["ENV PATH=/bin:/sbin"]);
}

async function importImage(
  engine: Engine,
  root: MachineRoot,
  name: string,
  changes: readonly string[],
): Promise<void> {
  const archive = spawn("tar", ["--directory", root.folder, "--owner=0", "--group=0", "-c", "."]);
  await engine.feed(
    archive.stdout,
    "import",
    "--quiet",
    ...changes.map((change) => `--change=${change}`),
    "-",
    name,
  );
}
