import assert from "node:assert/strict";
import { connect } from "node:net";
import { test } from "node:test";
import type { Container } from "../pods.ts";
import type { Cluster } from "./cluster.ts";
import { INIT_IMAGE, PLANNER_IMAGE, RUNTIME_IMAGE } from "./images.ts";
import { kubeletOptions, restricted } from "./kubelet.ts";
import { firstAnswer, planJson } from "./planner-client.ts";

/** The user that the mesh's proxy runs as, and that the rules leave alone. */
const PROXY_USER = 1500;

/** A program that answers each connection to some ports with its name and the port, and ends the connection. */
function listeners(name: string, ...ports: readonly number[]): string {
  return `for (const port of ${JSON.stringify(ports)})
    require("net").createServer((socket) => socket.end("${name} " + port)).listen(port);`;
}

/** A program that prints what answers at an address. */
function caller(address: string, port: number): string {
  return `const socket = require("net").connect({ host: "${address}", port: ${port}, timeout: 3000 });
    socket.on("data", (data) => process.stdout.write(data));
    socket.on("timeout", () => { process.stdout.write("nobody"); process.exit(); });
    socket.on("error", (error) => process.stdout.write(error.code));`;
}

/** What answers at an address, asked from outside every pod. */
async function answerAt(address: string, port: number): Promise<string> {
  return await new Promise((resolve, reject) => {
    let text = "";
    const socket = connect({ host: address, port });
    socket.setEncoding("utf8").on("data", (part: string) => {
      text += part;
    });
    socket.once("end", () => resolve(text));
    socket.once("error", reject);
  });
}

/** The capabilities that init containers name, by their bits (`linux/capability.h`). */
const CAPABILITY_BITS: Readonly<Record<string, bigint>> = { NET_ADMIN: 1n << 12n, NET_RAW: 1n << 13n };

/** An init container in a pod. */
interface Init {
  readonly container: Container;
  readonly pod: string;
  readonly podIP: string;
}

/** Runs it as a kubelet does, with the capabilities that it names and no others; or another command in its place. */
async function runInit(
  { podman }: Cluster,
  { container, pod, podIP }: Init,
  { command = [], args = [] }: Pick<Container, "command" | "args"> = container,
): Promise<string> {
  return await podman(
    "run",
    "--rm",
    `--pod=${pod}`,
    "--cap-drop=ALL",
    ...kubeletOptions({}, container, { podIP }),
    `--entrypoint=${JSON.stringify(command)}`,
    container.image ?? "",
    ...args,
  );
}

/** Has a look at what a process may do that is started in the place of an init container's script. */
async function assertOnlyNamedCapabilities(cluster: Cluster, init: Init): Promise<void> {
  const named = init.container.securityContext?.capabilities?.add ?? [];
  const bits = named.reduce((sum, name) => sum | (CAPABILITY_BITS[name] ?? 0n), 0n);
  assert.notEqual(bits, 0n);
  const status = await runInit(cluster, init, { command: ["cat"], args: ["/proc/self/status"] });
  for (const set of ["CapPrm", "CapEff", "CapBnd"]) {
    const [, held] = new RegExp(`^${set}:\\s*(\\w+)$`, "m").exec(status) ?? [];
    assert.equal(BigInt(`0x${held}`), bits, `${set}: ${named}`);
  }
}

const EXCLUDED_OUTBOUND = 9443;
const EXCLUDED_INBOUND = 6060;

/** A kind of plan, and whether its script may run twice. */
interface Plan {
  readonly name: string;
  readonly options: Readonly<Record<string, string>>;
  readonly rerunnable: boolean;
}

/** The rules of the seed, and the hardened ones in both of their forms. */
const PLANS: readonly Plan[] = [
  { name: "osm-v0.11", options: { dialect: "DIALECT_OSM_V0_11" }, rerunnable: false },
  { name: "hardened", options: { dialect: "DIALECT_HARDENED" }, rerunnable: true },
  {
    name: "hardened-nftables",
    options: { dialect: "DIALECT_HARDENED", scriptFormat: "SCRIPT_FORMAT_NFTABLES" },
    rerunnable: true,
  },
];

/** The sequence of a pod's life in a mesh: the plan, the init container, the proxy, the app. */
export function sequenceTests(cluster: () => Cluster): void {
  for (const { name, options, rerunnable } of PLANS) {
    test(`${name}: the planner answers, its init container runs in a pod, and the traffic of an app goes by the proxy`, async () => {
      const { start, pod, podman } = cluster();
      const address = await pod(name);
      const peer = await start(restricted(), RUNTIME_IMAGE, "-e", listeners("peer", 8080, EXCLUDED_OUTBOUND));

      const planner = await start(restricted(), PLANNER_IMAGE);
      await firstAnswer(planner.address);
      const { initContainer } = await planJson(planner.address, {
        meshConfig: {
          spec: {
            traffic: {
              outboundPortExclusionList: [EXCLUDED_OUTBOUND],
              inboundPortExclusionList: [EXCLUDED_INBOUND],
            },
            sidecar: { initContainerImage: INIT_IMAGE },
          },
        },
        pod: { metadata: { name }, status: { podIPs: [{ ip: address }] } },
        options,
      });
      assert.equal(initContainer.image, INIT_IMAGE);
      assert.equal(initContainer.securityContext?.privileged, false);
      const init = { container: initContainer, pod: name, podIP: address };
      await assertOnlyNamedCapabilities(cluster(), init);
      await runInit(cluster(), init);
      // A kubelet that restarts runs init containers again.
      if (rerunnable) await runInit(cluster(), init);

      const inPod = [`--pod=${name}`, ...restricted()];
      const run = (user: number, program: string): Promise<string> =>
        podman("run", "--rm", ...inPod, `--user=${user}`, RUNTIME_IMAGE, "-e", program);
      await podman(
        "run",
        "--detach",
        ...inPod,
        `--user=${PROXY_USER}`,
        RUNTIME_IMAGE,
        "-e",
        listeners("proxy", 15001, 15003),
      );
      await podman(
        "run",
        "--detach",
        ...inPod,
        RUNTIME_IMAGE,
        "-e",
        listeners("app", 8080, EXCLUDED_INBOUND),
      );

      // Out: the app's connections end at the proxy's outbound listener, but for the excluded port and the proxy's own.
      assert.equal(await run(1000, caller(peer.address, 8080)), "proxy 15001");
      assert.equal(await run(1000, caller(peer.address, EXCLUDED_OUTBOUND)), `peer ${EXCLUDED_OUTBOUND}`);
      assert.equal(await run(PROXY_USER, caller(peer.address, 8080)), "peer 8080");
      // Inside: what the app says to itself stays with it.
      assert.equal(await run(1000, caller("127.0.0.1", 8080)), "app 8080");
      // In: what comes from the network ends at the proxy's inbound listener, but for the excluded port.
      assert.equal(await answerAt(address, 8080), "proxy 15003");
      assert.equal(await answerAt(address, EXCLUDED_INBOUND), `app ${EXCLUDED_INBOUND}`);

      await podman("pod", "rm", "--force", "--time=0", name);
      await podman("rm", "--force", "--time=0", peer.id, planner.id);
    });
  }

  test("an init container with fewer capabilities than it names fails, and says so", async () => {
    const { start, pod, podman } = cluster();
    const address = await pod("powerless");
    const planner = await start(restricted(), PLANNER_IMAGE);
    await firstAnswer(planner.address);
    const { initContainer } = await planJson(planner.address, {
      options: { initContainerImage: INIT_IMAGE },
    });
    const securityContext = { ...initContainer.securityContext, capabilities: {} };
    const container = { ...initContainer, securityContext };
    const init = { container, pod: "powerless", podIP: address };
    await assert.rejects(runInit(cluster(), init), /Permission denied/);
    await podman("pod", "rm", "--force", "--time=0", "powerless");
    await podman("rm", "--force", "--time=0", planner.id);
  });
}
