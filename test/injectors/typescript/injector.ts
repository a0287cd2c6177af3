import { readFileSync, watchFile } from "node:fs";
import type { IncomingMessage } from "node:http";
import { createServer } from "node:https";
import { join } from "node:path";
import { fromJson, fromJsonString, type JsonValue, toJson } from "@bufbuild/protobuf";
import {
  ContainerSchema,
  MeshConfigSchema,
  PlanOptionsSchema,
  PodSchema,
  Severity,
} from "redirect-planner-client";
import { type Container, type Pod, patchFor } from "./patch.ts";
import { connectPlanner, refusalOf } from "./planner.ts";

interface AdmissionReview {
  readonly apiVersion: string;
  readonly request: { readonly uid: string; readonly namespace: string; readonly object: Pod };
}

const setting = (name: string, fallback?: string): string => {
  const value = process.env[name] ?? fallback;
  if (value === undefined) throw new Error(`${name} is not set`);
  return value;
};

/** Kept back of the API server's time-out, to say why a pod is refused: of a call that times out it says nothing. */
const MARGIN_MS = 500;
const MOST_BYTES = 8 * 1024 * 1024;

const planner = connectPlanner(
  setting("REDIRECT_PLANNER_TARGET"),
  readFileSync(setting("SERVICE_CONFIG"), "utf8"),
  process.env["REDIRECT_PLANNER_TLS"],
);
const options = fromJsonString(PlanOptionsSchema, setting("PLAN_OPTIONS", "{}"));
const place = setting("INIT_CONTAINER_PLACE", "last") === "first" ? "first" : "last";

/** Decides on a pod. Whatever goes wrong, the pod is not let through without its rules. */
async function review(
  { uid, namespace, object: pod }: AdmissionReview["request"],
  deadline: Date,
): Promise<object> {
  const name = `pod ${namespace}/${pod.metadata.name ?? pod.metadata.generateName}`;
  const deny = (code: number, message: string): object => {
    process.stderr.write(`${message}\n`);
    return { uid, allowed: false, status: { code, message } };
  };
  try {
    // Read each time: a change of the mesh config holds from the next pod on. The contract is a part of Kubernetes'
    // own: what it leaves out is ignored.
    const meshConfig = readFileSync(setting("MESH_CONFIG"), "utf8");
    const request = {
      meshConfig: fromJsonString(MeshConfigSchema, meshConfig, { ignoreUnknownFields: true }),
      pod: fromJson(PodSchema, pod as unknown as JsonValue, { ignoreUnknownFields: true }),
      options,
    };
    const { initContainer, digest, findings } = await planner().plan(request, { deadline });
    if (!initContainer) throw new Error("the planner sent no init container");
    const patch = patchFor(
      pod,
      toJson(ContainerSchema, initContainer) as unknown as Container,
      digest,
      place,
    );
    const warnings = findings
      .filter(({ severity, field }) => severity === Severity.WARNING && field.startsWith("pod."))
      .map(({ field, message }) => `${field}: ${message}`);
    return {
      uid,
      allowed: true,
      ...(warnings.length > 0 && { warnings }),
      ...(patch.length > 0 && {
        patchType: "JSONPatch",
        patch: Buffer.from(JSON.stringify(patch)).toString("base64"),
      }),
    };
  } catch (error) {
    const refusal = refusalOf(error);
    if (refusal !== undefined) return deny(422, `${name} is refused by the redirect planner:${refusal}`);
    const { message } = error as Error;
    return deny(503, `${name} is not let in without its rules, and there is no plan for it: ${message}`);
  }
}

async function readReview(request: IncomingMessage): Promise<AdmissionReview> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request) {
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes > MOST_BYTES) throw new Error("too long");
  }
  const body = JSON.parse(Buffer.concat(chunks).toString());
  if (body.apiVersion !== "admission.k8s.io/v1" || !body.request?.object?.metadata)
    throw new Error("no review of a pod");
  return body;
}

const tlsFolder = setting("WEBHOOK_TLS");
const certificate = () => ({
  cert: readFileSync(join(tlsFolder, "tls.crt")),
  key: readFileSync(join(tlsFolder, "tls.key")),
});

const server = createServer(certificate(), async (request, response) => {
  const url = new URL(request.url ?? "", "https://webhook");
  if (url.pathname !== "/mutate") {
    response.writeHead(404).end();
    return;
  }
  // The API server says how long it waits: ?timeout=5s.
  const seconds = Number.parseFloat(url.searchParams.get("timeout") ?? "") || 10;
  const deadline = new Date(Date.now() + seconds * 1000 - MARGIN_MS);
  try {
    const { apiVersion, request: asked } = await readReview(request);
    const answer = { apiVersion, kind: "AdmissionReview", response: await review(asked, deadline) };
    response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(answer));
  } catch (error) {
    response.writeHead(400).end((error as Error).message);
  }
});
// A renewed certificate needs no restart.
watchFile(join(tlsFolder, "tls.crt"), () => {
  try {
    server.setSecureContext(certificate());
  } catch (error) {
    process.stderr.write(`the webhook's certificate cannot be read, the old one stays: ${error}\n`);
  }
});
server.listen(Number(setting("PORT", "9443")), () => {
  const address = server.address();
  process.stdout.write(`listening on port ${typeof address === "object" ? address?.port : address}\n`);
});
// Answers the calls under way first.
process.once("SIGTERM", () => server.close(() => process.exit()));
