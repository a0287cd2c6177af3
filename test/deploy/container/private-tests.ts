import assert from "node:assert/strict";
import { mkdtempSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { connect } from "node:tls";
import { credentials } from "@grpc/grpc-js";
import { type Authority, createAuthority } from "../../transport/certificates.ts";
import { formOf } from "../forms.ts";
import { containersOf, type PodSpec, plannerOf } from "../pods.ts";
import type { Cluster } from "./cluster.ts";
import { eventually } from "./eventually.ts";
import { PLANNER_IMAGE, RUNTIME_IMAGE } from "./images.ts";
import { kubeletOptions, makeEmptyDirectory } from "./kubelet.ts";
import { PLAN, PORT, planGrpc } from "./planner-client.ts";
import { probeUntil } from "./probe.ts";
import { makeServerSecret, namesOf, type ServerSecret } from "./secrets.ts";

/** The number of the certificate that a server shows. */
async function shownBy(address: string, { authority, ca }: ServerSecret, client: string): Promise<string> {
  return await new Promise((resolve, reject) => {
    const [servername] = namesOf("redirect-planner-server");
    const { cert, key } = authority.issue(client);
    const socket = connect({ host: address, port: PORT, ca, servername, cert, key });
    socket.once("error", reject);
    socket.once("secureConnect", () => {
      resolve(socket.getPeerCertificate().serialNumber);
      socket.destroy();
    });
  });
}

/** A program that asks a planner for a plan over a unix socket, and prints the answer or the error's code. */
function askOver(socket: string): string {
  return `const headers = { "content-type": "application/json" };
    require("http")
      .request({ socketPath: "${socket}", path: "${PLAN}", method: "POST", headers }, (response) => response.pipe(process.stdout))
      .on("error", (error) => process.stdout.write(error.code))
      .end("{}");`;
}

/** The forms in which not everybody may ask. */
export function privateTests(cluster: () => Cluster): void {
  test("mutual TLS: the injector's certificate gets an answer, any other none, and a renewed one is taken up", async () => {
    const { start, podman, folder } = cluster();
    const { pod, container } = plannerOf(formOf("kustomize/overlays/mutual-tls"));
    const scratch = mkdtempSync(join(folder, "tls-"));
    const secret = makeServerSecret(pod, scratch);
    const options = kubeletOptions(pod.spec, container, { volumes: { tls: secret.path } });
    const { id, address } = await start(options, PLANNER_IMAGE, ...(container.args ?? []));
    await probeUntil(/^ok$/, address, container, container.readinessProbe ?? {});

    const [injector] = namesOf("redirect-planner-client");
    const [server] = namesOf("redirect-planner-server");
    const ask = async (issuer: Authority, name: string): Promise<string> => {
      const { cert, key } = issuer.issue(name);
      const secure = credentials.createSsl(secret.ca, key, cert);
      const dialled = { "grpc.ssl_target_name_override": server };
      return (await planGrpc(`${address}:${PORT}`, secure, dialled)).script;
    };
    assert.match(await ask(secret.authority, injector), /PROXY_INBOUND/);
    await assert.rejects(ask(secret.authority, "somebody.else"), /UNAVAILABLE/, "another name");
    const stranger = createAuthority(mkdtempSync(join(folder, "stranger-")));
    await assert.rejects(ask(stranger, injector), /UNAVAILABLE/, "another authority");
    const unknown = credentials.createSsl(secret.ca);
    const dialled = { "grpc.ssl_target_name_override": server };
    await assert.rejects(planGrpc(`${address}:${PORT}`, unknown, dialled), /UNAVAILABLE/, "no certificate");
    await assert.rejects(planGrpc(`${address}:${PORT}`), /UNAVAILABLE/, "no TLS");

    const before = await shownBy(address, secret, injector);
    secret.renew();
    // The files are looked at every few seconds.
    await eventually(async () => assert.notEqual(await shownBy(address, secret, injector), before), 20);
    assert.match(await ask(secret.authority, injector), /PROXY_INBOUND/);
    await podman("rm", "--force", "--time=0", id);
  });

  test("sidecar: the injector asks over the socket that both containers mount, and a user of another group may not", async () => {
    const { podman, pod: makePod, folder } = cluster();
    const form = formOf("kustomize/overlays/sidecar");
    const { pod, container } = plannerOf(form);
    const [injector] = pod.spec.containers;
    const socket = container.env?.find(({ name }) => name === "UNIX_SOCKET")?.value ?? "";
    assert.ok(injector && containersOf(pod.spec).length === 2);
    const shared = makeEmptyDirectory(pod, folder, "redirect-planner");
    const volumes = {
      "redirect-planner": shared,
      "no-token": makeEmptyDirectory(pod, folder, "no-token"),
    };
    const address = await makePod("sidecar");
    const options = kubeletOptions(pod.spec, container, { volumes });
    await podman("run", "--detach", "--pod=sidecar", ...options, PLANNER_IMAGE, ...(container.args ?? []));
    await probeUntil(/^ok$/, address, container, container.startupProbe ?? {});

    const ask = (by: Partial<PodSpec>): Promise<string> => {
      const confined = kubeletOptions(by, injector, { volumes });
      return podman("run", "--rm", "--pod=sidecar", ...confined, RUNTIME_IMAGE, "-e", askOver(socket));
    };
    assert.match(await ask(pod.spec), /PROXY_INBOUND/);
    assert.equal(await ask({}), "EACCES", "without the group of the pod's volumes");
    const { script } = await planGrpc(`unix://${join(shared, "planner.sock")}`);
    assert.match(script, /PROXY_INBOUND/, "and by gRPC");
    await assert.rejects(planGrpc(`${address}:${PORT}`), /UNAVAILABLE/, "nothing listens on the network");
    await podman("pod", "rm", "--force", "--time=5", "sidecar");
  });
}
