import { readdirSync, readFileSync } from "node:fs";
import { type Agent, request } from "node:https";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import type { Operation } from "rfc6902";
import { parse } from "yaml";

/** A pod, or what else an API server sends: JSON. */
export type Json = Readonly<Record<string, unknown>>;

/** What the API server asks. */
export interface AdmissionReview {
  readonly apiVersion: string;
  readonly kind: string;
  readonly request: Json & { readonly uid: string; readonly object: Json };
}

/** What a webhook answers, its patch decoded. */
export interface Answer {
  readonly uid: string;
  readonly allowed: boolean;
  readonly status?: { readonly code: number; readonly message: string };
  readonly warnings?: readonly string[];
  readonly patchType?: string;
  readonly patch?: readonly Operation[];
}

/** A webhook that listens. */
export interface Webhook {
  readonly port: number;
  /** PEM of the authority that its certificate must come from: the `caBundle` of its registration. */
  readonly authority: string;
  /** Keeps connections, as the API server does; without one, each call makes its own. */
  readonly agent?: Agent;
}

const FIXTURES = join(import.meta.dirname, "fixtures");

/** The fixtures: reviews by name, as an API server sends them. */
export const REVIEWS: ReadonlyMap<string, AdmissionReview> = new Map(
  readdirSync(join(FIXTURES, "reviews"))
    .toSorted()
    .map((file) => [file.replace(".yaml", ""), parseFile(join("reviews", file)) as AdmissionReview]),
);

/** The mesh config of all fixtures, as JSON. */
export const MESH_CONFIG = JSON.stringify(parseFile("mesh-config.yaml"));

function parseFile(path: string): unknown {
  return parse(readFileSync(join(FIXTURES, path), "utf8"));
}

/** A fixture by its name. */
export function reviewOf(name: string): AdmissionReview {
  const review = REVIEWS.get(name);
  if (review === undefined) throw new Error(`there is no fixture ${name}`);
  return review;
}

/** Sends anything to a webhook. @returns the HTTP status and the body. */
export async function post(
  { port, authority, agent }: Webhook,
  body: string,
  path = "/mutate?timeout=10s",
): Promise<{ readonly status: number; readonly body: string }> {
  const call = request({
    host: "127.0.0.1",
    port,
    path,
    method: "POST",
    ca: authority,
    agent: agent ?? false,
    headers: { "content-type": "application/json", "content-length": Buffer.byteLength(body) },
  });
  return new Promise((resolve, reject) => {
    call.once("error", reject);
    call.once("response", async (response) => {
      resolve({ status: response.statusCode ?? 0, body: await text(response) });
    });
    call.end(body);
  });
}

/** Asks a webhook as an API server does. @throws Error when it answers anything but a review with the same uid. */
export async function mutate(webhook: Webhook, review: AdmissionReview, timeout = "10s"): Promise<Answer> {
  const { status, body } = await post(webhook, JSON.stringify(review), `/mutate?timeout=${timeout}`);
  if (status !== 200) throw new Error(`HTTP status ${status}: ${body}`);
  const { apiVersion, kind, response } = JSON.parse(body);
  if (
    apiVersion !== "admission.k8s.io/v1" ||
    kind !== "AdmissionReview" ||
    response.uid !== review.request.uid
  ) {
    throw new Error(`not the answer to this review: ${body}`);
  }
  const { patch, ...rest } = response;
  return {
    ...rest,
    ...(patch !== undefined && { patch: JSON.parse(Buffer.from(patch, "base64").toString()) }),
  };
}
