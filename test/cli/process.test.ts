import assert from "node:assert/strict";
import { type ChildProcessByStdio, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { after, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { fixture } from "./run-cli.ts";

const MAIN = fileURLToPath(new URL("../../src/main.ts", import.meta.url));
const MESH_CONFIG = fixture("meshconfig.yaml");
const POD = fixture("pod.yaml");

interface Finished {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a line of shell in which `redirect-planner` is the program. */
function shell(line: string): Promise<Finished> {
  const define = `redirect-planner() { "${process.execPath}" "${MAIN}" "$@"; }`;
  return new Promise((resolve) => {
    const child = execFile("bash", ["-c", `${define}; ${line}`], (_error, stdout, stderr) =>
      resolve({ code: child.exitCode, stdout, stderr }),
    );
  });
}

describe("redirect-planner as a program", () => {
  it("prints the page's script byte for byte, for a mesh config on standard input", async () => {
    const patched =
      '{"kind":"MeshConfig","spec":{"traffic":{"outboundIPRangeExclusionList":["54.91.118.50/32"]}}}';
    const { code, stdout } = await shell(`echo '${patched}' | redirect-planner plan -f -`);
    assert.equal(code, 0);
    assert.equal(stdout, readFileSync(new URL("golden/seed-args.txt", import.meta.url), "utf8"));
  });

  it("exits with 1 for refused input and with 2 for bad usage, and prints nothing but errors", async () => {
    const refused = await shell(
      "redirect-planner plan --annotate openservicemesh.io/inbound-port-exclusion-list=x",
    );
    assert.deepEqual([refused.code, refused.stdout], [1, ""]);
    const usage = await shell("redirect-planner plan --nonsense");
    assert.deepEqual([usage.code, usage.stdout], [2, ""]);
  });

  it("does not colour what goes into a pipe", async () => {
    const { stdout, stderr } = await shell(
      `unset FORCE_COLOR; redirect-planner plan -f ${MESH_CONFIG} -f ${POD} -o table 2>&1`,
    );
    assert.ok(!`${stdout}${stderr}`.includes("\u001b"));
    assert.match(stdout, /warning: DUPLICATE_ENTRY/);
  });

  it("ends quietly when its reader has had enough", async () => {
    const pods = `for i in $(seq 300); do echo '{"kind": "Pod"}'; done`;
    const { stdout, stderr } = await shell(
      `(${pods}) | redirect-planner plan -f - -o json 2>/dev/null | head -c 5`,
    );
    assert.deepEqual([stdout, stderr], ['{"id"', ""]);
  });

  it("prints text that a shell takes for a script", async () => {
    const { code, stderr } = await shell(
      `redirect-planner plan -f ${MESH_CONFIG} -f ${POD} 2>/dev/null | sh -n`,
    );
    assert.deepEqual([code, stderr], [0, ""]);
  });
});

describe("redirect-planner serve", () => {
  const servers: ChildProcessByStdio<null, null, Readable>[] = [];
  after(() => {
    for (const server of servers) server.kill("SIGKILL");
  });

  async function serve(argv: readonly string[], env: Readonly<Record<string, string>> = {}) {
    const server = spawn(process.execPath, [MAIN, "serve", ...argv], {
      stdio: ["ignore", "ignore", "pipe"],
      env: { ...process.env, PORT: "", ADMIN_PORT: "0", LOG_LEVEL: "", ...env },
    });
    servers.push(server);
    const log = createInterface(server.stderr);
    const { value } = await log[Symbol.asyncIterator]().next();
    const { msg, port } = JSON.parse(String(value));
    assert.equal(msg, "listening");
    return { server, port };
  }

  it("gives over HTTP the JSON that plan -o json prints, until it is told to stop", async () => {
    const { server, port } = await serve(["--port", "0", "--host", "127.0.0.1"]);
    const request = {
      meshConfig: { spec: { traffic: { outboundPortExclusionList: [6379, 8080] } } },
      pod: {
        metadata: {
          name: "curl",
          namespace: "default",
          annotations: { "openservicemesh.io/outbound-port-exclusion-list": "6379, 7070" },
        },
        spec: { containers: [{ name: "curl", image: "curlimages/curl" }] },
      },
    };
    const response = await fetch(`http://127.0.0.1:${port}/redirect.v1.RedirectPlanner/Plan`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(request),
    });
    const served: unknown = await response.json();
    const { stdout } = await shell(`redirect-planner plan -f ${MESH_CONFIG} -f ${POD} -o json`);
    assert.deepEqual(JSON.parse(stdout), served);

    server.kill("SIGTERM");
    const [code] = await once(server, "exit");
    assert.equal(code, 0);
  });

  it("takes its port from PORT, and refuses one that is taken", async () => {
    const { port } = await serve([], { PORT: "0" });
    assert.ok(port > 0);
    const { code, stderr } = await shell(`ADMIN_PORT=0 redirect-planner serve --port ${port}`);
    assert.equal(code, 1);
    assert.equal(stderr, `port ${port}: error: is taken by another program; choose one with --port\n`);
  });
});
