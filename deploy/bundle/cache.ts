/**
 * Keeps what V8 makes of the bundled program on the way to the first answer of `Plan`, so that a process which starts need
 * not compile it again. `node deploy/bundle/cache.ts [FOLDER]`, by the Node that is to run the bundle in the folder; by
 * default, that which `build.ts` makes.
 */
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import v8 from "node:v8";
import { createClient } from "@connectrpc/connect";
import { createGrpcTransport } from "@connectrpc/connect-node";
import { RedirectPlanner } from "../../src/gen/redirect/v1/redirect_planner_pb.ts";
import { ROOT } from "./bundled-package.ts";
import { cacheName, compileProgram, hashOf, readProgram, runProgram } from "./program.ts";

const [, , folder = join(ROOT, "dist")] = process.argv;
const socketFolder = mkdtempSync(join(tmpdir(), "redirect-planner-"));
process.on("exit", () => rmSync(socketFolder, { recursive: true }));
const socket = join(socketFolder, "socket");

// V8 takes what was made under the flags that it has, and is asked before the server sets its own.
Object.assign(v8, { setFlagsFromString() {} });
process.argv.splice(1, Number.POSITIVE_INFINITY, folder, "serve", "--unix-socket", socket);
process.env["ADMIN_PORT"] = "0";

const text = readProgram(folder);
const script = compileProgram(folder, text, undefined);
runProgram(script, createRequire(import.meta.url));
await plan();
writeFileSync(join(folder, cacheName(hashOf(text))), script.createCachedData());
process.exit();

/** Asks the server as an injector does. Twice, since what follows an answer is over when the next one comes. */
async function plan(): Promise<void> {
  while (!existsSync(socket)) await setTimeout(1);
  const nodeOptions = { createConnection: () => connect(socket) };
  const planner = createClient(
    RedirectPlanner,
    createGrpcTransport({ baseUrl: "http://planner", nodeOptions }),
  );
  const request = {
    meshConfig: {
      spec: {
        traffic: {
          outboundIpRangeExclusionList: ["192.0.2.0/24"],
          outboundPortExclusionList: [6379],
          inboundPortExclusionList: [6379],
        },
      },
    },
    pod: {
      metadata: { annotations: { "openservicemesh.io/outbound-port-exclusion-list": "7070" } },
      spec: { containers: [{ name: "app", ports: [{ containerPort: 8080 }] }] },
    },
  };
  await planner.plan(request);
  await planner.plan(request);
}
